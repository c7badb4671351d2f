"""Recordings in a bucket: S3 and what speaks its API (Alibaba OSS, MinIO), Google Cloud Storage, Azure Blob Storage.

The only room that talks to object storage. It lists a bucket, keeps bounded copies of its objects on this machine,
signs addresses, and turns what the clouds say into sentences with a fix. Keys come from the environment, under the
names that the clouds document, and never from qa.toml.
"""
