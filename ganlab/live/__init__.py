"""Live runs: worker processes that train many runs at once, and the gateway that shows them in browsers.

Importing this package never imports torch: only the worker processes do.
"""
