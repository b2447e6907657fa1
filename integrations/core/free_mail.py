"""Domains where anybody may have an e-mail address: such a domain says nothing about a company."""

from __future__ import annotations

ANY_COUNTRY = frozenset(
    {
        "aol", "gmx", "hotmail", "icloud", "live", "mail", "outlook", "proton", "protonmail", "web", "windowslive",
        "yahoo", "yandex", "ymail",
    }
)  # fmt: skip
"""Second-level names that are free-mail under every top-level domain, such as `gmx.ch` and `gmx.net`."""

DOMAINS = frozenset(  # and those of examples (RFC 2606), which demo data is full of
    {
        "126.com", "163.com", "1und1.de", "2degrees.nz", "9online.fr", "a1.net", "aim.com", "alice-dsl.net",
        "alice.it", "aon.at", "arcor.de", "atlas.cz", "att.net", "bbox.fr", "bell.net", "bellsouth.net", "besonet.ch",
        "bigpond.com", "bluemail.ch", "bluewin.ch", "bol.com.br", "bredband.net", "bt.com", "btinternet.com",
        "btopenworld.com", "caiway.nl", "centrum.cz", "charter.net", "chello.at", "chello.nl", "club-internet.fr",
        "comcast.net", "comhem.se", "cox.net", "duck.com", "earthlink.net", "easynet.fr", "eircom.net", "email.cz",
        "email.de", "embarqmail.com", "example.com", "example.net",
        "example.org", "fastmail.com", "fastmail.fm", "fastwebnet.it", "foxmail.com", "free.fr",
        "freemail.gr", "freemail.hu", "freenet.de", "freesurf.ch", "gmail.com", "gmx.com.my", "googlemail.com",
        "greenmail.ch", "hey.com", "hispeed.ch", "home.nl", "hushmail.com", "i.ua", "icloud.com", "inbox.com",
        "inbox.lv", "inbox.ru", "inode.at", "interia.pl", "iol.ie", "iol.it", "juno.com", "kabelmail.de",
        "kolabnow.com", "kpnmail.nl", "laposte.net", "libero.it", "lycos.com", "lycos.de", "mac.com", "magenta.de",
        "mail.bg", "mailbox.org", "mailfence.com", "me.com", "msn.com", "mymagenta.at", "naver.com", "netcologne.de",
        "netplus.ch", "netscape.net", "neuf.fr", "ntlworld.com", "numericable.fr", "o2.pl", "o2mail.de", "o2online.de",
        "onet.eu", "onet.pl", "online.de", "online.nl", "op.pl", "optonline.net", "optusnet.com.au", "orange.fr",
        "osnanet.de", "pm.me", "pobox.com", "poczta.onet.pl", "post.ch", "posteo.ch", "posteo.de", "posteo.net",
        "prodigy.net", "protonmail.ch", "qq.com", "quickline.ch", "quicknet.nl", "rediffmail.com", "riseup.net",
        "rocketmail.com", "rogers.com", "runbox.com", "sapo.pt", "sbcglobal.net", "seznam.cz", "sfr.fr", "shaw.ca",
        "sina.com", "sky.com", "skynet.be", "solnet.ch", "startmail.com", "sunrise.ch", "swissonline.ch",
        "sympatico.ca", "t-online.de", "tele2.nl", "telenet.be", "teletu.it", "terra.com.br", "tin.it", "tiscali.it",
        "tiscalinet.ch", "tlen.pl", "tuta.com", "tuta.io", "tutanota.com", "tutanota.de", "ukr.net", "unitybox.de",
        "uol.com.br", "upcmail.nl", "utanet.at", "verizon.net", "vianet.ch", "videotron.ca", "virgilio.it",
        "virgin.net", "virginmedia.com", "vodafone.de", "vodafonemail.de", "volny.cz", "vtxmail.ch", "vtxnet.ch",
        "walla.co.il", "wanadoo.fr", "wp.pl", "xs4all.nl", "yeah.net", "zeelandnet.nl", "ziggo.nl", "zoho.com",
        "zohomail.com",
    }
)  # fmt: skip


def is_free_mail(domain: str) -> bool:
    """Return whether anybody may have an address at this domain (in lower case)."""
    name, _, suffix = domain.partition(".")
    first, _, country = suffix.partition(".")
    return domain in DOMAINS or (name in ANY_COUNTRY and (not country or first in ("co", "com")))
