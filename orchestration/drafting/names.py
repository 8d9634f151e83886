"""Other names of feeds' columns, and other words of vocabularies, as files have them.

Belongs here: the names, as data, and comparing them. Does not: deciding on a feed (`guess`).
"""

from __future__ import annotations

import re
from functools import cache

from quality.contracts import load_contracts, load_vocabularies

_SPLIT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")

# Other names of a column, in any feed that has it; words are compared without case and punctuation.
SYNONYMS: dict[str, str] = {
    "source_customer_id": "customer_id,customerid,cust_id,client_id,user_id,userid,member_id,"
    "customer_no,customer_number,contact_id,account_no,buyer_id,shopper_id,customer",
    "known_person_id": "customer_unique_id,person_id,master_id,golden_id",
    "email": "mail,e_mail,email_address,customer_email",
    "phone": "telephone,tel,mobile,phone_number,msisdn,cell",
    "loyalty_id": "loyalty_number,card_number,loyalty_card,membership_number",
    "device_id": "device,installation_id,advertising_id",
    "cookie_id": "cookie,visitor_id,client_cookie,anonymous_id",
    "given_name": "first_name,firstname,forename",
    "family_name": "last_name,lastname,surname",
    "full_name": "name,customer_name",
    "birth_date": "date_of_birth,dob,birthday,birthdate",
    "gender": "sex",
    "street": "address,address_line_1,street_address,address1",
    "city": "town,customer_city",
    "region": "state,province,county,customer_state",
    "postal_code": "zip,zip_code,postcode,plz,customer_zip_code_prefix",
    "country": "country_code",
    "language": "locale,lang",
    "registered_at": "created_at,signup_date,sign_up_at,registration_date,joined_at,created",
    "account_status": "status",
    "order_id": "order_number,order_no,orderid,order,id",
    "ordered_at": "order_date,order_time,order_purchase_timestamp,purchased_at,created_at,"
    "placed_at,order_timestamp,purchase_date",
    "status": "order_status,state",
    "promised_on": "promised_date,estimated_delivery_date,order_estimated_delivery_date,eta",
    "shipped_at": "ship_date,shipped,dispatched_at,order_delivered_carrier_date",
    "delivered_at": "delivery_date,delivered,order_delivered_customer_date",
    "transaction_id": "receipt_id,receipt_no,receipt,invoice_id,invoice_no,invoiceno,invoice,"
    "ticket_no,transaction,basket_id,order_id,id",
    "line_number": "pos,line,line_no,line_id,order_item_id,item_number,position",
    "occurred_at": "timestamp,datetime,date_time,event_time,event_timestamp,time,date,created_at,"
    "invoice_date,transaction_date,sold_at,started_at,start_time,called_at,ts,when,at,start",
    "amount": "total,price,line_total,net_amount,gross_amount,sales,revenue,value,total_amount,"
    "line_amount,net,unit_price",
    "quantity": "qty,units,count",
    "product_id": "sku,stockcode,stock_code,item_id,article,article_no,product,product_code",
    "currency": "currency_code,ccy,cur",
    "discount_amount": "discount",
    "cost_amount": "cost,cogs",
    "store_id": "store,shop_id,branch,branch_id,location_id",
    "name": "product_name,title,description,store_name",
    "category": "product_category_name,product_category,department,category_name,product_type",
    "price": "list_price,unit_price",
    "interaction_id": "event_id,contact_id,call_id,ticket_id,message_id,chat_id,id",
    "interaction_type": "event,event_type,event_name,type,action,kind",
    "channel": "medium,contact_channel",
    "direction": "call_direction",
    "agent_id": "agent,operator,rep_id,employee_id",
    "talk_seconds": "talk_time,duration,duration_seconds",
    "wait_seconds": "wait_time,queue_time,waiting_time",
    "handle_seconds": "handle_time,aht",
    "reason": "contact_reason,category,topic,subject",
    "outcome": "result,disposition",
    "is_resolved": "resolved,solved",
    "session_id": "session,visit_id",
    "case_ref": "case_id,ticket_id,ticket,case,case_number",
    "event": "event_type,action,step",
    "survey_id": "survey,survey_name,questionnaire_id",
    "response_id": "answer_id,review_id,respondent_id,feedback_id,id",
    "submission_id": "response_set_id,questionnaire_response_id",
    "question_id": "question,item",
    "metric_type": "metric,question_type",
    "responded_at": "submitted_at,completed_at,answered_at,response_date,review_answer_timestamp,"
    "review_date,date_submitted,submitted,timestamp,date,at",
    "score": "rating,review_score,nps_score,csat_score,stars,answer",
    "comment": "review_comment_message,feedback,review_text,verbatim,comments,text,review",
    "invitation_id": "invite_id,email_id",
    "sent_at": "sent,send_date,invited_at",
    "subscription_id": "subscription,contract_id,membership_id,policy_id,id",
    "started_at": "start_date,start,begin_date,valid_from,from_date,from",
    "ended_at": "end_date,end,cancelled_at,canceled_at,valid_to,to_date,to",
    "end_reason": "cancel_reason,churn_reason",
    "plan": "plan_name,tier,product,package",
    "monthly_amount": "monthly_fee,mrr,monthly_charges,monthly_price,price",
    "renews_on": "renewal_date,next_renewal",
    "purpose": "consent_purpose,consent_type",
    "decided_at": "consent_date,opted_in_at,consent_at",
    "on_date": "date,rate_date",
    "rate_to_reporting": "rate,fx_rate,exchange_rate",
    "updated_at": "modified_at,last_modified,last_updated,changed_at",
}

# Other words of vocabularies: (vocabulary, the word) by what stands in files.
WORDS: dict[str, dict[str, str]] = {
    "order_status": {"canceled": "cancelled", "complete": "completed", "fulfilled": "delivered",
                     "paid": "approved", "pending": "created", "refunded": "returned"},
    "gender": {"f": "female", "m": "male", "w": "female", "woman": "female", "man": "male"},
    "channel": {"website": "web", "telephone": "phone", "mobile_app": "app", "instore": "store",
                "in_store": "store", "whatsapp": "messaging", "sms": "messaging", "pos": "store"},
    "interaction_type": {"pageview": "page_view", "phone_call": "call", "add_to_cart": "cart_add",
                         "addtocart": "cart_add", "view": "product_view", "signin": "login"},
    "outcome": {"missed": "abandoned", "hung_up": "abandoned", "connected": "answered"},
    "direction": {"in": "inbound", "out": "outbound", "incoming": "inbound",
                  "outgoing": "outbound"},
    "consent_status": {"yes": "granted", "true": "granted", "opt_in": "granted", "no": "denied",
                       "false": "denied", "opt_out": "withdrawn"},
    "case_event": {"created": "opened", "closed": "solved", "resolved": "solved",
                   "replied": "public_reply"},
    "line_type": {"product": "item", "freight": "shipping", "return": "refund"},
}  # fmt: skip


def normal(name: str) -> str:
    """A name in lower case with underscores: `CustomerID` and `customer id` are `customer_id`."""
    return "_".join(part.lower() for part in _SPLIT.split(name) if part)


@cache
def other_names(column: str) -> frozenset[str]:
    """All names that a feed's column may go by, itself not included."""
    return frozenset(SYNONYMS.get(column, "").split(",")) - {"", column}


def likely_word(vocabulary: str, word: str) -> str | None:
    """The vocabulary's word for what stands in a file, or None."""
    plain = normal(word)
    known = load_vocabularies()[vocabulary]
    return plain if plain in known else WORDS.get(vocabulary, {}).get(plain)


def unknown_synonyms() -> list[str]:
    """Columns with synonyms that no feed has; there should be none."""
    columns = {c for contract in load_contracts().values() for c in contract.column_names}
    return sorted(set(SYNONYMS) - columns)
