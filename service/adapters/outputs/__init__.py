"""Outputs over the network: webhooks, Frigate and what else receives alerts."""
