"""Connections and files that every role opens."""

from threading import Event

import redis

from inference.card import ModelCard
from inference.flow_onnx import OnnxFlow
from service.adapters.redis.connection import connect, redis_errors
from service.config.settings import Settings
from service.lifecycle import retry_until
from tracker.errors import ConfigError
from tracker.weights.store import ModelStore


def build_redis(settings: Settings, stop: Event) -> redis.Redis:
    """Return a client once Redis answers, or once we are told to stop.

    Raises:
        ConfigError: there is no redis.url.
    """
    client = connect(redis_url(settings))
    retry_until(lambda: ping(client), "redis", stop)
    return client


def build_model_store(settings: Settings) -> ModelStore:
    """Return the store of person and pose weights."""
    return ModelStore(settings.model_folders, settings.data / "models")


def read_model_card(settings: Settings) -> ModelCard:
    """Return what the flow's model file promises.

    Raises:
        ModelMismatch: the file cannot be served.
    """
    return OnnxFlow(settings.model_path, provider="cpu").card


@redis_errors()
def ping(client: redis.Redis) -> None:
    """Ask Redis for a sign of life.

    Raises:
        StoreUnavailable: it did not answer.
    """
    client.ping()


def redis_url(settings: Settings) -> str:
    """Return where Redis is.

    Raises:
        ConfigError: there is no redis.url.
    """
    if settings.redis.address is None:
        raise ConfigError(
            "redis.url: a role alone needs it, such as redis://127.0.0.1:6379/0; "
            "`posewarden up` brings a Redis of its own"
        )
    return settings.redis.address
