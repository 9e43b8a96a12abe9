"""OpenStreetMap files as arrays: blocks of ``.pbf`` files, decoded by compiled code in a thread a core."""
