"""Prints what CloudFormation makes of a SAM template: translate.py template.yaml [--code s3://bucket/prefix]

The same library that the service runs. Local code becomes addresses in S3, as "sam package" does it.
"""
import argparse
import json
import os

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402


class NoManagedPolicies:
    def load(self):
        return {}


def package(template, code):
    packaged = []
    for resource in template["Resources"].values():
        for key in ("CodeUri", "ContentUri"):
            path = resource.get("Properties", {}).get(key)
            if isinstance(path, str):
                address = f"{code}/{os.path.basename(path)}"
                resource["Properties"][key] = address
                packaged.append({"path": path, "address": address})
    return packaged


def translated(path, code):
    with open(path, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    packaged = package(template, code)
    return transform(template, {}, NoManagedPolicies()), packaged


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("template")
    arguments.add_argument("--code", default="s3://code/pgvigil")
    given = arguments.parse_args()
    print(json.dumps(translated(given.template, given.code)[0]))
