"""What stands around a model's engine: its batcher, texts, shelf of banks, and reference."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from framed.photo import SquareSpec
from framed.settings import RUN_ID, Settings
from runners.clip.banks.bank import LabelBank
from runners.clip.banks.reading import PATIENCE, LabelFiles
from runners.clip.banks.store import BankStore
from runners.clip.batching import Batcher
from runners.clip.building import BankBuilder, BankMaker
from runners.clip.kept_where import banks_folder, folder_name, group_file
from runners.clip.membership import Membership
from runners.clip.models import ModelFacts
from runners.clip.opening import OpenModel
from runners.clip.reference.build import reference_version
from runners.clip.reference.learnt import ranked_by_examples
from runners.clip.reference.material import read_material
from runners.clip.reference.photos import ReferencePhotos
from runners.clip.reference.scorers import ReferenceMaker
from runners.clip.shelf import BankShelf
from runners.clip.texts import TextEncoder
from runners.clip.words.prompt_cache import PromptCache

logger = logging.getLogger("framed.clip")

GPU_BATCH, CPU_BATCH = 32, 4
READING = 0.5  # of a reload's deadline may be spent on label files that do not come


def batcher_of(model: OpenModel, settings: Settings, executor: ThreadPoolExecutor) -> Batcher:
    """The photos' way into the engine, which runs on `executor`."""
    engine = model.engine
    on_gpu = engine.device != "cpu"
    return Batcher(
        engine,
        executor,
        max_batch=settings.max_batch or (GPU_BATCH if on_gpu else CPU_BATCH),
        limit=settings.queue,
        streams=engine.streams,
    )


def texts_of(model: OpenModel, settings: Settings, executor: ThreadPoolExecutor) -> TextEncoder:
    """The texts' way into the engine."""
    return TextEncoder(
        model.engine,
        executor,
        patience=max(settings.deadline, settings.item_deadline),  # the edge answers by then
        cache=_prompt_cache(model, settings),
    )


def _prompt_cache(model: OpenModel, settings: Settings) -> PromptCache:
    """Vectors of another engine or precision differ by bits, and lie in another file."""
    engine, facts = model.engine, model.facts
    file = f"{facts.revision}-{engine.name}-{engine.text_precision}.sqlite"
    folder = settings.cache_dir / "prompts" / folder_name(model.files.name)
    return PromptCache(folder / file, facts.embedding_dim)


def shelf_of(
    model: OpenModel,
    texts: TextEncoder,
    settings: Settings,
    before_serving: Callable[[LabelBank], LabelBank],
) -> BankShelf:
    """The model's label banks, none of them there yet."""
    name, facts = model.files.name, model.facts
    kept_in = banks_folder(name, settings) / f"{model.engine.name}-{model.engine.text_precision}"
    builder = BankBuilder(
        LabelFiles(settings.config_dir, min(PATIENCE, READING * settings.reload_deadline)),
        BankStore(kept_in, os.environ.get(RUN_ID) or uuid.uuid4().hex),
        BankMaker(texts, facts.revision, facts.embedding_dim),
    )
    return BankShelf(
        builder,
        default=settings.default_bank,
        membership=Membership(group_file(name, settings)),
        limit=settings.reload_deadline,
        before_serving=before_serving,
    )


def reference_of(
    model: OpenModel, texts: TextEncoder, settings: Settings, executor: ThreadPoolExecutor
) -> Callable[[], ReferenceMaker] | None:
    """What finds the reference material of this model; None where match is turned off."""
    if not settings.match:
        return None
    engine, facts, name = model.engine, model.facts, model.files.name

    def make() -> ReferenceMaker:
        material = read_material(settings.config_dir)
        way = f"{engine.name}-{engine.precision}-{engine.default_size}"
        file = f"{facts.revision}-{way}-{material.version}.npy"
        photos = ReferencePhotos(
            material=material,
            engine=engine,
            executor=executor,
            square=square_of(facts, engine.default_size),
            dim=facts.embedding_dim,
            files=tuple(
                folder / "reference" / folder_name(name) / file
                for folder in (settings.engine_folder, settings.cache_dir)
            ),
        )
        return ReferenceMaker(name, photos, texts.encode_and_wait, facts.revision)

    return make


def by_examples(bank: LabelBank, model: OpenModel, settings: Settings) -> LabelBank:
    """The bank as its calibration has it ranked, if it has and holds for this model."""
    if bank.calibration is None or not bank.calibration.replaces:
        return bank
    try:
        material = read_material(settings.config_dir)
    except (OSError, ValueError, KeyError) as error:
        logger.warning("bank %s is ranked by its words alone: %r", bank.name, error)
        return bank
    version = reference_version(model.facts.revision, bank.templates, material.version)
    return ranked_by_examples(bank, version)


def square_of(model: ModelFacts, size: int) -> SquareSpec:
    """How the model's square of side `size` is cut."""
    cut = model.preprocess
    return SquareSpec(size, cut.resize_mode, cut.interpolation, cut.fill)
