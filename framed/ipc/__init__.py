"""Calls between the processes of one server: values and pixels over a unix socket of the run's own.

BentoML's calls between services are HTTP requests, each with its headers, its tracing and a JSON
schema of the answer: some 4 ms of CPU a photo on both sides together. Here a call is a frame.
"""
