"""`bench drift` and `bench watched`: false alarms and delays of drift, and what is not watched."""
