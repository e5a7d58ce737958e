"""The supervisor of `posewarden up`, its start report, and logs."""
