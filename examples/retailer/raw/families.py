"""Every family of files: where it lies, its header, how its history is cut into files.

Belongs here: names, headers and formats. Does not: the lines (sql/), nor the writing (files.py).
"""

from __future__ import annotations

from dataclasses import dataclass

ONCE, MONTHS, CONSTANT = "once", "months", "constant"


@dataclass(frozen=True)
class Family:
    """Files of one kind.

    `path` holds `{period}`, except for a constant file. `archive` says how the days before the
    daily files are cut: one file (once), a file a month (months); `constant` is one file that
    never changes. `header` is None for JSON lines, which are plain text or, by suffix, gzip. Where
    `path` holds `{place}` too, there is a file a period and value of the lines' column `place`.
    `of_company`: the rows are the company's and not of people, so one block of people writes them.
    """

    name: str
    path: str
    header: str | None
    archive: str = ONCE
    eol: str = "\n"
    bom: bool = False
    of_company: bool = False

    @property
    def is_company(self) -> bool:
        """Whether the rows are the company's, as a file that never changes is."""
        return self.of_company or self.archive == CONSTANT

    @property
    def is_placed(self) -> bool:
        """Whether there is a file a place."""
        return "{place}" in self.path

    @property
    def is_gzip(self) -> bool:
        """Whether the files are compressed."""
        return self.path.endswith(".gz")

    def start(self) -> bytes:
        """Bytes that every file begins with."""
        if self.header is None:
            return b""
        return (("\ufeff" if self.bom else "") + self.header + self.eol).encode()


#: Made in this order; a name is that of its file in sql/.
FAMILIES: tuple[Family, ...] = (
    Family(
        "crm",
        "crm/crm_{period}.csv",
        "Kontakt-Nr;Anrede;Vorname;Nachname;Firma;Firmen-Nr;E-Mail;Telefon;Geburtsdatum;Straße;PLZ;Ort;"
        "Region;Land;Sprache;Kartennr;Kundenwert;Status;Wunschkanal;Angelegt;Geändert",
        eol="\r\n",
        bom=True,
    ),
    Family(
        "accounts",
        "shop/accounts_{period}.csv",
        "account_no,first_name,last_name,email,phone,street,postcode,town,country,language,"
        "signs_in_with,created_at,changed_at",
    ),
    Family(
        "orders",
        "shop/orders_{period}.csv",
        "order_id,created_at,sales_channel,account_no,email,phone,promised_date",
    ),
    Family("order_states", "shop/order_states_{period}.csv", "order_id,state,set_at,set_by"),
    Family(
        "order_lines",
        "shop/order_lines_{period}.csv",
        "order_id,line_no,line_type,booked_at,sku,qty,amount,currency,discount,cost,account_no,"
        "email,sales_channel,changed_at,void",
    ),
    Family(
        "pos",
        "pos/receipts_{period}.csv",
        "Bon;Pos;Zeit;Filiale;Artikel;Menge;Betrag;Waehrung;Art;Rabatt;Einstand;Karte;Verkauf;Bezug",
    ),
    Family("till", "till/{place}_{period}.csv", "Nr;Zeit;Ereignis;EPC;Artikel;Bon;Karte"),
    Family(
        "doors", "doors/counts_{period}.csv", "Filiale;Tuer;Tag;Stunde;Ein;Aus", of_company=True
    ),
    Family("app", "app/events_{period}.jsonl.gz", None, archive=MONTHS),
    Family(
        "helpcentre",
        "helpcentre/views_{period}.csv",
        "Aufruf;Zeit;Seite;Weg;Cookie;Konto;Gelesen",
    ),
    Family(
        "articles",
        "helpcentre/articles_{period}.csv",
        "article,version,topic,published",
        of_company=True,
    ),
    Family("bot", "bot/conversations_{period}.jsonl", None),
    Family("social", "social/mentions_{period}.jsonl", None),
    Family(
        "reviews",
        "reviews/reviews_{period}.csv",
        "review,sku,stars,text,published_at,changed_at,state,email,language",
    ),
    Family(
        "calls",
        "callcentre/calls_{period}.csv",
        "call_id|started|queue|agent|team|ani|wait_s|talk_s|hold_s|wrap_s|result|reason|case_ref",
    ),
    Family("desk", "helpdesk/contacts_{period}.jsonl", None),
    Family("case_events", "helpdesk/case_events_{period}.jsonl", None),
    Family(
        "invitations",
        "surveys/invitations_{period}.csv",
        "invitation,survey,contact_no,email,sent_at,delivered_at,opened_at,started_at,state,"
        "order_ref,contact_ref,changed_at",
    ),
    Family(
        "survey_relationship",
        "surveys/relationship_{period}.csv",
        'Response ID,Invitation,Submitted At,Email,Status,Language,Wave,"How likely are you to '
        'recommend us to a friend or colleague?",Range of goods,Value for money,Service,'
        'Delivery,"Anything else you want to tell us?"',
    ),
    Family(
        "survey_transactional",
        "surveys/transactional_{period}.csv",
        "answer_id,survey,metric,question,score,scale,comment,answered_at,invitation,order_ref,"
        "contact_ref,agent,email,language,finished,mode",
    ),
    Family(
        "memberships",
        "membership/periods_{period}.csv",
        "subscription,card_no,plan,started,ended,end_reason,monthly_price,currency,renews,changed_at",
    ),
    Family("renewals", "membership/renewals_{period}.csv", "card_no,auto_renewal,set_at"),
    Family("mail", "mailing/events_{period}.jsonl.gz", None),
    Family(
        "offers",
        "campaigns/offers_{period}.csv",
        "contact,customer,campaign,offer,arm,made_at,responded_at,converted_at,cost_eur,changed_at",
    ),
    Family("consents", "privacy/consents_{period}.csv", "email,purpose,decision,decided_at"),
    Family(
        "erasure_requests", "privacy/erasure_requests_{period}.csv", "request,email,requested_at"
    ),
    Family(
        "incidents",
        "operations/incidents_{period}.csv",
        "incident,started_at,ended_at,touchpoint,notice_sent_at,changed_at",
        of_company=True,
    ),
    Family(
        "fx_rates",
        "finance/fx_{period}.csv",
        "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,"
        "OBS_CONF",
        of_company=True,
    ),
    Family(
        "pulse",
        "staff/pulse_{period}.csv",
        "answer,team,recommend_0_10,answered_at,round",
        of_company=True,
    ),
    Family(
        "products",
        "catalogue/products.csv",
        "sku,name,category,price_eur,defect_disclosed",
        CONSTANT,
    ),
    Family(
        "stores",
        "catalogue/stores.csv",
        "store,name,country,region,timezone,opened,mon_fri,sat,sun",
        CONSTANT,
    ),
    Family("employees", "staff/agents.csv", "agent,team,site,hired_on", CONSTANT),
    Family(
        "goals",
        "experience/goals.csv",
        "goal,metric,target,due,scope,baseline,owner,budget_eur",
        CONSTANT,
    ),
    Family(
        "actions",
        "experience/actions.csv",
        "action,metric,target,started,scope,owner,cost_eur",
        CONSTANT,
    ),
)
