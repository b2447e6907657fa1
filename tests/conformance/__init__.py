"""The laws that every store keeps over HTTP against the sandbox.

`cases/` tells of each store what the laws need to know: what to want, who else may change it, which rights hide it,
and which laws do not apply to it, with the reason. A new store gets a case; the laws themselves stay as they are.
While a law is tested, the vendors' contracts watch (`tests/contracts`): law 13 holds in every test.
"""
