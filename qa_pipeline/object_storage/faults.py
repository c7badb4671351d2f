"""What can go wrong with a bucket, as types and sentences: the storage's own words are long and name no fix.

StorageError
├── ObjectMissing       the object is gone; others may be there
├── ObjectRefused       this object may not be read or written with these keys
├── BucketRefused       keys, clock, region or address are wrong: nothing of the bucket can be used
└── StorageUnreachable  nothing answers, or the storage is in trouble; later it may work
"""

from __future__ import annotations

import re

from qa_pipeline.errors import UserError

_CODE = re.compile(r"<Code>\s*([A-Za-z0-9]+)\s*</Code>|\"(?:code|reason)\"\s*:\s*\"([A-Za-z]+)\"")
_STATUS = re.compile(r"status code: (\d{3})")
_CREDENTIALS_HOST = re.compile(r"169\.254\.\d+\.\d+|metadata\.google\.internal")
_INCOMPLETE = re.compile(r"Account must be specified|Missing(?:Account|Container|ServiceAccount|Key|Secret\w*)\b")
_BARE_REDIRECT = re.compile(r"redirect without LOCATION", re.IGNORECASE)
_CAUSES = ("dns error", "Connection refused", "certificate", "timed out", "Connection reset", "unreachable")
_WRONG_KEYS = frozenset(
    {
        "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidSecurityToken", "TokenRefreshRequired",
        "AuthenticationFailed", "InvalidSecurity", "UserDisable", "NotSignedUp", "AccountProblem",
    }
)  # fmt: skip
_EXPIRED_KEYS = frozenset({"ExpiredToken", "SecurityTokenExpired", "ExpiredTokenException", "TokenExpired"})
_NO_BUCKET = frozenset({"NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted", "InvalidBucketName"})
_ELSEWHERE = frozenset(
    {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "TemporaryRedirect"}
)
_OF_ONE_OBJECT = {
    "EntityTooLarge": "it is larger than the storage takes",
    "RequestBodyTooLarge": "it is larger than the storage takes",
    "EntityTooSmall": "it is smaller than the storage takes",
    "KeyTooLongError": "its name is longer than the storage takes",
    "KeyTooLong": "its name is longer than the storage takes",
    "InvalidObjectName": "the storage does not take its name",
    "InvalidObjectState": "it is archived; restore it first",
    "BlobArchived": "it is archived; restore it first",
}
"""Codes that are about the object that was read or written, whatever the status."""
_CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for temporary ones)",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_SERVICE_ACCOUNT (the path of a service account's key)",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}


class StorageError(UserError):
    """A bucket could not be used; the message names it, the reason and the fix."""


class ObjectMissing(StorageError):
    """The object is not (any longer) there."""


class ObjectRefused(StorageError):
    """These keys may not do this to this object."""


class BucketRefused(StorageError):
    """Keys, clock, region or address are wrong; a person must change something first."""


class StorageUnreachable(StorageError):
    """Nothing answers, or the storage is in trouble; trying again later can help."""


def explained(error: Exception, *, where: str, scheme: str, doing: str, of_object: bool) -> StorageError:
    """What an error of the storage's client means.

    `where` is the bucket or object as a person knows it, `doing` what was tried ("listed", "read"), `of_object` whether
    it was one object (a missing object is not a missing bucket).
    """
    text = str(error)
    found = _CODE.search(text)
    code = next(filter(None, found.groups()), "") if found else ""
    answered = _STATUS.search(text)
    status = int(answered[1]) if answered else 0
    sentence = f"{where} can't be {doing}"
    keys = _CREDENTIALS[scheme]
    if _CREDENTIALS_HOST.search(text) or _INCOMPLETE.search(text):
        return BucketRefused(f"{sentence}: there are no keys for it in the environment; set {keys}")
    if code == "RequestTimeTooSkewed":
        return BucketRefused(f"{sentence}: this machine's clock is wrong by many minutes; set it, then run again")
    if code in _EXPIRED_KEYS:
        return BucketRefused(f"{sentence}: the temporary keys have expired ({code}); fetch new ones and run again")
    if code in _WRONG_KEYS or status == 401:
        return BucketRefused(f"{sentence}: the storage does not know these keys ({code or status}); check {keys}")
    if code in _NO_BUCKET or (status == 404 and not of_object):
        return BucketRefused(
            f"{sentence}: there is no such bucket{f' ({code})' if code else ''}; check its name and QA_BUCKET_ENDPOINT"
        )
    if code in _ELSEWHERE or 300 <= status < 400 or _BARE_REDIRECT.search(text):
        reason = code or status or "a redirect"
        return BucketRefused(f"{sentence}: it lies in another region ({reason}); set AWS_REGION to the bucket's")
    if code in _OF_ONE_OBJECT or status == 413:
        reason = _OF_ONE_OBJECT.get(code, _OF_ONE_OBJECT["EntityTooLarge"])
        return ObjectRefused(f"{sentence}: {reason} ({code or status})")
    if status == 404 or isinstance(error, FileNotFoundError):
        return ObjectMissing(f"{where} is gone from the bucket; put it back and run again")
    if status == 403:
        kind = ObjectRefused if of_object else BucketRefused
        return kind(f"{sentence}: these keys may not ({code or status}); let the bucket's policy allow it")
    if status:
        return StorageUnreachable(f"{sentence}: the storage answered HTTP {status} {code}".rstrip() + "; run again")
    cause = next((cause for cause in _CAUSES if cause in text), "no connection")
    return StorageUnreachable(f"{sentence}: {cause}; check the network and QA_BUCKET_ENDPOINT, then run again")
