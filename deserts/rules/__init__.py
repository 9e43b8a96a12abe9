"""Rules that must give the same answer at every door, written once: Python runs them, and so does a page.

A page that is one file holds these modules as they stand here and lets MicroPython (WebAssembly) run them. So they keep
to what both run alike, and `tests/rules/test_subset.py` holds them to it: whole numbers and text, lists and dicts; no
classes, no dates, no floats in an answer; no import but of one another; no order that hangs on a dict or on a sort that
is not total (`order.sort_rows`). Days are whole numbers (`days`). `door.ask` is the one way in from a page.
"""
