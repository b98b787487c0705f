"""The audit as a job: what is audited, the user's own code, and the sentinels over it."""
