"""The Common Alerting Protocol 1.2: what authorities publish becomes a draft, and a campaign an alert.

Nothing in here sends anything.
"""
