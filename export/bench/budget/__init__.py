"""`bench budget`: whether a promised number of false alarms a day is kept."""
