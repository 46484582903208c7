"""Objects of the fake Salesforce, with the fields that Talktrack may ask for."""

from typing import Any

SCHEMA: dict[str, dict[str, str]] = {
    "Opportunity": {
        "Id": "id",
        "Name": "string",
        "StageName": "picklist",
        "Amount": "currency",
        "IsClosed": "boolean",
        "IsWon": "boolean",
        "Probability": "percent",
        "CloseDate": "date",
        "CreatedDate": "datetime",
        "SystemModstamp": "datetime",
        "LastStageChangeDate": "datetime",
        "OwnerId": "reference",
        "AccountId": "reference",
        "RecordTypeId": "reference",
        "CurrencyIsoCode": "picklist",
        "NextStep": "string",
        "Description": "textarea",
        "Competitor__c": "string",
        "Budget__c": "currency",
    },
    "Account": {
        "Id": "id",
        "Name": "string",
        "Website": "url",
        "Industry": "picklist",
        "BillingCountry": "string",
    },
    "Contact": {
        "Id": "id",
        "AccountId": "reference",
        "Name": "string",
        "Email": "email",
        "Phone": "phone",
        "MobilePhone": "phone",
        "Title": "string",
    },
    "OpportunityContactRole": {
        "Id": "id",
        "OpportunityId": "reference",
        "ContactId": "reference",
        "IsPrimary": "boolean",
        "CreatedDate": "datetime",
    },
    "OpportunityHistory": {
        "Id": "id",
        "OpportunityId": "reference",
        "StageName": "picklist",
        "Amount": "currency",
        "CreatedDate": "datetime",
    },
    "User": {
        "Id": "id",
        "Name": "string",
        "Username": "string",
        "Email": "email",
        "IsActive": "boolean",
        "UserType": "picklist",
        "CreatedDate": "datetime",
    },
    "Organization": {"Id": "id", "Name": "string", "IsSandbox": "boolean"},
    "ContentNote": {
        "Id": "id",
        "Title": "string",
        "Content": "base64",
        "OwnerId": "reference",
        "FileType": "string",
        "CreatedDate": "datetime",
    },
    "ContentDocument": {
        "Id": "id",
        "Title": "string",
        "FileType": "string",
        "OwnerId": "reference",
        "CreatedDate": "datetime",
    },
    "ContentDocumentLink": {
        "Id": "id",
        "ContentDocumentId": "reference",
        "LinkedEntityId": "reference",
        "ShareType": "picklist",
    },
    "Task": {
        "Id": "id",
        "Subject": "combobox",
        "Description": "textarea",
        "WhatId": "reference",
        "OwnerId": "reference",
        "Status": "picklist",
        "TaskSubtype": "picklist",
        "ActivityDate": "date",
        "CreatedDate": "datetime",
    },
    "TaskStatus": {
        "Id": "id",
        "ApiName": "string",
        "IsClosed": "boolean",
        "SortOrder": "int",
    },
}
PARENTS: dict[tuple[str, str], tuple[str, str]] = {
    ("Opportunity", "Account"): ("AccountId", "Account"),
    ("Opportunity", "Owner"): ("OwnerId", "User"),
    ("Contact", "Account"): ("AccountId", "Account"),
    ("OpportunityContactRole", "Contact"): ("ContactId", "Contact"),
    ("OpportunityContactRole", "Opportunity"): ("OpportunityId", "Opportunity"),
    ("ContentDocumentLink", "ContentDocument"): ("ContentDocumentId", "ContentDocument"),
}
PREFIXES = {
    "Opportunity": "006",
    "Account": "001",
    "Contact": "003",
    "OpportunityContactRole": "00K",
    "OpportunityHistory": "008",
    "User": "005",
    "Organization": "00D",
    "ContentNote": "069",
    "ContentDocumentLink": "06A",
    "Task": "00T",
    "TaskStatus": "01Q",
}
UNFILTERABLE = {"base64", "textarea"}
LENGTHS = {
    ("Opportunity", "NextStep"): 255,
    ("Opportunity", "Description"): 32_000,
    ("Opportunity", "Competitor__c"): 80,
    ("ContentNote", "Title"): 255,
    ("Task", "Subject"): 255,
    ("Task", "Description"): 32_000,
}
WRITABLE = {
    "Opportunity": {"NextStep", "Description", "Competitor__c", "Name", "StageName", "Amount"},
    "ContentNote": {"Title", "Content"},
    "ContentDocumentLink": {"ContentDocumentId", "LinkedEntityId", "ShareType"},
    "Task": {
        "Subject",
        "Description",
        "WhatId",
        "OwnerId",
        "Status",
        "TaskSubtype",
        "ActivityDate",
    },
}
FIXED = {("Task", "TaskSubtype"), ("Task", "WhatId")}
"""Fields that are not changed any more once a record is there; Talktrack has no reason to."""
STAGES = {
    "Prospecting": "Prospecting",
    "Proposal": "Proposal / Price quote",
    "Closed Won": "Closed Won",
    "Closed Lost": "Closed Lost",
}


def described(kind: str, fields: dict[str, str], record_types: dict[str, str]) -> dict[str, Any]:
    """What describe says of an object."""
    return {
        "name": kind,
        "label": kind,
        "queryable": True,
        "createable": kind in WRITABLE,
        "updateable": kind in WRITABLE,
        "keyPrefix": PREFIXES.get(kind),
        "fields": [_field(kind, name, what) for name, what in fields.items()],
        "recordTypeInfos": [
            {"recordTypeId": one, "name": name, "master": name == "Master", "active": True}
            for one, name in record_types.items()
        ],
    }


def _field(kind: str, name: str, what: str) -> dict[str, Any]:
    stages = STAGES.items() if name == "StageName" else ()
    return {
        "name": name,
        "label": name.removesuffix("__c"),
        "type": what,
        "length": LENGTHS.get((kind, name), 0),
        "updateable": name in WRITABLE.get(kind, ()),
        "filterable": what not in UNFILTERABLE,
        "htmlFormatted": False,
        "picklistValues": [
            {"value": value, "label": label, "active": True} for value, label in stages
        ],
    }
