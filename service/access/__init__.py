"""Who uses the service and what each may do: people, keys, sessions; without HTTP or a database."""
