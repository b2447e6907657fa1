# ruff: noqa: E501  (a row a country)
"""Legal forms of companies by country, as they stand behind or before a name; dots, case and accents do not matter."""

from __future__ import annotations

BEHIND = {
    "AT": (
        "AG", "GmbH", "Ges.m.b.H.", "Gesellschaft m.b.H.", "GesmbH & Co KG", "FlexCo", "FlexKapG", "KG", "OG", "OEG", "KEG",
        "e.U.", "eGen", "reg. Gen.m.b.H.", "Aktiengesellschaft",
    ),
    "AU": ("Pty Ltd", "Pty. Limited", "Pty", "Proprietary Limited", "Ltd", "Limited"),
    "BE": ("BV", "BVBA", "SRL", "SPRL", "NV", "SA", "CV", "CVBA", "SC", "SCRL", "VOF", "SNC", "Comm.V", "ASBL", "VZW"),
    "BG": ("ООД", "ЕООД", "АД", "ЕАД", "ЕТ", "OOD", "EOOD", "AD", "EAD"),
    "BR": ("Ltda", "S.A.", "S/A", "EIRELI", "Limitada"),
    "CA": ("Inc.", "Ltée", "Ltd.", "Corp.", "ULC", "Limitée", "Incorporée"),
    "CH": (
        "AG", "SA", "Ltd", "Inc", "GmbH", "Sàrl", "S.à r.l.", "Sagl", "S.a g.l.", "LLC", "Ltd liab. Co.", "KlG", "KmG", "KMAG",
        "SNC", "SNm", "SCm", "Sacc", "S.c.", "SICAV", "SICAF", "Aktiengesellschaft", "Société anonyme", "Società anonima",
        "Gesellschaft mit beschränkter Haftung", "Société à responsabilité limitée", "Società a garanzia limitata",
        "Kollektivgesellschaft", "Kommanditgesellschaft", "Einzelfirma", "Einzelunternehmen", "raison individuelle",
        "in Liquidation", "en liquidation", "in liquidazione", "in Liq.", "en liq.",
    ),
    "CL": ("SpA", "Ltda", "S.A.", "E.I.R.L."),
    "CN": ("Co., Ltd.", "Co. Ltd"),
    "CZ": ("s.r.o.", "spol. s r.o.", "a.s.", "k.s.", "v.o.s.", "z.s.", "o.p.s.", "SE", "společnost s ručením omezeným"),
    "DE": (
        "AG", "GmbH", "G.m.b.H.", "mbH", "gGmbH", "gAG", "GmbH & Co. KG", "GmbH & Co. KGaA", "GmbH & Co. OHG", "AG & Co. KG",
        "UG", "UG (haftungsbeschränkt)", "UG haftungsbeschränkt & Co. KG", "KG", "KGaA", "OHG", "GbR", "eGbR", "e.K.", "e.Kfm.",
        "e.Kfr.", "eG", "e.V.", "SE", "SE & Co. KG", "SE & Co. KGaA", "PartG", "PartGmbB", "PartG mbB", "AöR", "KdöR", "VVaG",
        "Gesellschaft mbH", "Aktiengesellschaft", "Kommanditgesellschaft", "Offene Handelsgesellschaft",
        "eingetragener Verein", "eingetragene Genossenschaft", "i.L.", "i.Gr.", "& Co.", "& Cie.", "und Co.",
    ),
    "DK": ("A/S", "ApS", "I/S", "K/S", "P/S", "IVS", "Aktieselskab", "Anpartsselskab", "A.m.b.a."),
    "EE": ("OÜ", "AS", "MTÜ", "FIE", "TÜ", "Osaühing", "Aktsiaselts"),
    "ES": (
        "S.A.", "S.L.", "S.L.U.", "S.A.U.", "S.L.L.", "S.L.P.", "S.Coop.", "C.B.", "Sociedad anónima", "Sociedad limitada",
        "S.A. de C.V.", "S. de R.L. de C.V.", "S.A.S.",
    ),
    "FI": ("Oy", "Oyj", "Ab", "Oy Ab", "Ky", "Tmi", "Ay", "Osakeyhtiö"),
    "FR": (
        "SA", "SAS", "SASU", "S.A.S.U.", "SARL", "S.A.R.L.", "EURL", "SNC", "SCS", "SCA", "SCI", "SCP", "SCOP", "SELARL", "GIE",
        "EIRL", "Société anonyme", "Société par actions simplifiée", "& Cie", "et Cie", "& Compagnie",
    ),
    "GB": (
        "Ltd", "Ltd.", "Limited", "PLC", "P.L.C.", "LLP", "LP", "CIC", "CIO", "Unlimited", "Public limited company",
        "Limited liability partnership", "Co. Ltd.", "& Co. Ltd.", "Company Limited", "Cyf", "Cyfyngedig",
    ),
    "GR": ("Α.Ε.", "Ε.Π.Ε.", "Ο.Ε.", "Ε.Ε.", "Ι.Κ.Ε.", "A.E.", "E.P.E.", "I.K.E.", "S.A."),
    "HR": ("d.o.o.", "j.d.o.o.", "d.d.", "j.t.d.", "k.d."),
    "HU": ("Kft.", "Bt.", "Zrt.", "Nyrt.", "Rt.", "Kkt.", "Korlátolt Felelősségű Társaság"),
    "IE": ("DAC", "CLG", "UC", "Teo", "Teoranta", "Designated Activity Company"),
    "IN": ("Pvt. Ltd.", "Pvt Limited", "Private Limited", "Pvt", "LLP", "OPC"),
    "IS": ("ehf.", "hf.", "ohf.", "slf."),
    "IT": (
        "S.p.A.", "S.r.l.", "S.r.l.s.", "S.r.l. unipersonale", "S.n.c.", "S.a.s.", "S.a.p.a.", "S.s.", "Soc. coop.",
        "Soc. coop. a r.l.", "Società cooperativa", "Società per azioni", "Società a responsabilità limitata", "S.c.a r.l.",
        "S.c.r.l.", "& C.", "& C. S.n.c.", "& C. S.a.s.",
    ),
    "JP": ("K.K.", "G.K.", "Kabushiki Kaisha", "Godo Kaisha", "Co., Ltd."),
    "LI": ("AG", "GmbH", "Anstalt", "Aktiengesellschaft", "reg."),
    "LT": ("UAB", "AB", "MB", "IĮ", "VšĮ", "TŪB", "KŪB"),
    "LU": ("S.A.", "S.à r.l.", "S.à.r.l.", "SARL-S", "S.C.A.", "S.C.S.", "S.C.Sp.", "SCSp", "S.e.n.c.", "SE"),
    "LV": ("SIA", "AS", "IK", "PS"),
    "MY": ("Sdn Bhd", "Sdn. Bhd.", "Bhd", "Berhad", "Sendirian Berhad"),
    "NL": ("B.V.", "N.V.", "V.O.F.", "C.V.", "U.A.", "Coöperatief U.A.", "Besloten vennootschap", "Naamloze vennootschap"),
    "NO": ("AS", "ASA", "ANS", "DA", "ENK", "SA", "BA", "NUF", "KS", "Aksjeselskap"),
    "PL": (
        "Sp. z o.o.", "Sp. z o.o. Sp. k.", "Sp. z o.o. S.K.A.", "Spółka z o.o.", "S.A.", "Sp. j.", "Sp. k.", "Sp. p.", "S.K.A.",
        "P.S.A.", "S.C.", "Spółka z ograniczoną odpowiedzialnością", "Spółka akcyjna", "Spółka jawna", "Spółka komandytowa",
        "Spółka cywilna", "z o.o.",
    ),
    "PT": ("Lda", "Lda.", "Unipessoal Lda", "S.A.", "SGPS", "Limitada", "CRL"),
    "RO": ("S.R.L.", "S.R.L.-D", "S.A.", "P.F.A.", "S.N.C.", "S.C.S.", "I.I."),
    "RS": ("d.o.o.", "a.d.", "o.d.", "k.d."),
    "RU": ("ООО", "ОАО", "ПАО", "АО", "ЗАО", "OOO", "OAO", "PAO", "ZAO", "Ltd."),
    "SE": ("AB", "Aktiebolag", "HB", "KB", "AB (publ)", "Handelsbolag", "Kommanditbolag", "Ek. för."),
    "SG": ("Pte. Ltd.", "Pte Limited", "Pte", "LLP"),
    "SI": ("d.o.o.", "d.d.", "d.n.o.", "k.d.", "s.p."),
    "SK": ("s.r.o.", "spol. s r.o.", "a.s.", "k.s.", "v.o.s.", "j.s.a.", "spoločnosť s ručením obmedzeným"),
    "TR": ("A.Ş.", "Ltd. Şti.", "San. ve Tic. A.Ş.", "San. ve Tic. Ltd. Şti.", "Tic. A.Ş.", "Anonim Şirketi", "Limited Şirketi"),
    "UA": ("ТОВ", "ПП", "ПАТ", "ПрАТ", "АТ", "LLC"),
    "US": (
        "Inc", "Inc.", "Incorporated", "Corp", "Corp.", "Corporation", "LLC", "L.L.C.", "LLP", "L.L.P.", "LP", "L.P.", "PLLC",
        "P.C.", "PBC", "Co.", "& Co.", "and Co.", "Company", "Co., Inc.",
    ),
    "ZA": ("(Pty) Ltd", "Pty Ltd", "NPC", "CC", "SOC Ltd"),
}  # fmt: skip

BEFORE = {
    "BG": ("ЕТ",),
    "CH": ("Firma", "Fa."),
    "DE": ("Firma", "Fa."),
    "DK": ("A/S",),
    "FI": ("Oy", "Ab"),
    "FR": ("SARL", "S.A.R.L.", "SAS", "S.A.S.", "SASU", "EURL", "SCI", "SCP", "SELARL"),
    "ID": ("PT", "PT.", "CV."),
    "LT": ("UAB", "AB", "MB", "VšĮ"),
    "LV": ("SIA",),
    "PL": ("Firma", "P.P.H.U.", "F.H.U.", "P.H.U."),
    "RO": ("S.C.",),
    "RU": ("ООО", "ОАО", "ПАО", "АО", "ЗАО", "ИП", "OOO", "OAO", "PAO", "ZAO"),
    "SE": ("AB", "Aktiebolaget"),
    "UA": ("ТОВ", "ПП", "ПАТ", "ПрАТ", "АТ", "ФОП"),
}

WITHOUT_BLANKS = {
    "CN": ("股份有限公司", "有限责任公司", "有限公司"),
    "JP": ("株式会社", "有限会社", "合同会社", "合資会社", "株"),
    "KR": ("주식회사", "유한회사"),
    "TW": ("股份有限公司", "有限公司"),
}
"""Forms attached to a name without a blank, on either side."""
