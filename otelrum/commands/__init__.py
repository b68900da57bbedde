"""Commands that look at actions: live ones (`tail`), and those of a recording (`explain`, `check`)."""
