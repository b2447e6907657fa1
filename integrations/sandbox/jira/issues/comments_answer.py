"""Comments as Jira shows them."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.sandbox.jira.accounts import account, user_answer
from integrations.sandbox.jira.answers import Json
from integrations.sandbox.jira.call import PLATFORM, Call
from integrations.sandbox.state import Document


def comment_answer(call: Call, issue: Document, comment: Document) -> Json:
    """Return a comment's answer; in a service desk also whether the portal shows it."""
    author = account(call.world, comment["authorAccountId"])
    shown = {} if author is None else {"author": user_answer(call.base, author)}
    body = {
        "self": f"{call.base}{PLATFORM}/issue/{issue['id']}/comment/{comment['id']}",
        "id": comment["id"],
        **shown,
        "body": comment["body"],
        "updateAuthor": shown.get("author", {}),
        "created": comment["created"],
        "updated": comment["updated"],
        "jsdPublic": comment["public"],
    }
    return body | ({"visibility": comment["visibility"]} if comment["visibility"] else {})


def comments_page(call: Call, issue: Document, comments: Sequence[Document], start: int, most: int) -> Json:
    """A page of the issue's comments."""
    page = comments[start : start + most]
    return {
        "startAt": start,
        "maxResults": most,
        "total": len(comments),
        "comments": [comment_answer(call, issue, comment) for comment in page],
    }
