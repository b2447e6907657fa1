"""The laws that every store keeps over HTTP against the sandbox.

`cases/` tells of each store what the laws need to know: what to want, who else may change it, which rights hide it,
and which laws do not apply to it, with the reason. A new store gets a case; the laws themselves stay as they are.
Of the long rows of laws 2, 4, 8 and 9 (rights, lost answers, faults, texts) the usual run puts each store to every
second, neighbours to each other's rest; `make crash` puts each to all of them.
While a law is tested, the vendors' contracts watch (`tests/contracts`): law 13 holds in every test.
"""
