"""Everything that goes over the wire, against what its vendor says about it.

A test that speaks to the sandbox takes the fixture `contract_checker` and lets it listen; after the
test every request and every answer is judged:

    def test_something(contract_checker, sandbox):
        contract_checker.listen(sandbox.server)

One file or folder for each vendor; `checker.py` knows them all; `report.py` has the fixture and prints
the table of what was checked. The vendors' documents are not part of this project: they are read from
`$CLOSEDWON_CONTRACTS`, else from `../shared/contracts` beside it.
"""
