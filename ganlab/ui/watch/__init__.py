"""Watching any run: a toolbar, a status line and the page's own charts, over the run's socket."""
