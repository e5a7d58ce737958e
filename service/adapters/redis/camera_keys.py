"""Forgets what Redis keeps of one camera besides its alerts."""

import redis

from service.adapters.redis import keys
from service.adapters.redis.connection import redis_errors
from service.adapters.redis.scenes import kept_days


@redis_errors()
def forget_camera(client: redis.Redis, shards: keys.Shards, camera: str) -> None:
    """Delete a camera's streams, status and what the alert loop has learned of it.

    Its alerts stay, and its windows on the way: they are the workers', and are scored or dropped.

    Raises:
        StoreUnavailable: Redis did not answer; some may be deleted.
    """
    client.delete(
        *(
            key(camera)
            for key in (shards.view, shards.scores, shards.cues, shards.poses, shards.still)
        ),
        shards.episodes(camera),
        shards.term(camera),
        shards.sightings(camera),
        shards.blocks(camera),
        shards.calibration(camera),
        shards.drift(camera),
        *(shards.scene(camera, day) for day in kept_days(client)),
        shards.shadow(camera),
        shards.shadow_blocks(camera),
        shards.shadow_state(camera),
        shards.prepared(camera),
    )
    client.hdel(keys.ALERT_TERMS, camera)
    with client.pipeline(transaction=True) as pipeline:
        pipeline.delete(keys.status_entry("camera", camera))
        pipeline.zrem(keys.status_names("camera"), camera)
        pipeline.execute()
