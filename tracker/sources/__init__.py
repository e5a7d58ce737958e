"""Frame sources: live streams, video files, recorded poses; and when to reopen them."""
