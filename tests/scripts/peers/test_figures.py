"""Of several lives the best counts, figure by figure."""

from __future__ import annotations

from scripts.peers.figures import Speed, best


def test_whoever_shares_the_machine_only_takes_away() -> None:
    """Most photos, least of all else."""
    first = Speed(photos_s=20.0, cpu_ms=60.0, p50_ms=90.0, start_s=3.0)
    second = Speed(photos_s=25.0, cpu_ms=50.0, p50_ms=95.0, start_s=2.0)
    assert best([first, second]) == Speed(photos_s=25.0, cpu_ms=50.0, p50_ms=90.0, start_s=2.0)
