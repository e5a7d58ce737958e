"""Which characters settings may have; `validation.py` says it in words."""

NAME_PATTERN = r"^[a-z0-9-]+$"
ADDRESS_PATTERN = r"^https?://"
LABEL_PATTERN = r"^[A-Za-z0-9_ -]{1,40}$"
LEVEL_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
