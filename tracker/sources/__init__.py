"""Frame sources: live streams, video files, recorded poses."""
