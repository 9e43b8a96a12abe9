"""Catalogues of translated public sentences, one gettext file a language, and who reviewed them."""
