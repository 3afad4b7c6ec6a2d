"""One module a page; each offers `page(release)`. A new module is a new page: nothing else lists them."""
