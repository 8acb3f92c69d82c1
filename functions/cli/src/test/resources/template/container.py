"""Creates the stack in LocalStack, or in what takes its place, and prints what a test needs to call it:
container.py template.yaml ENDPOINT PARAMETERS (a JSON object; the password of the first server is in FIRST_PASSWORD).

CREATE_COMPLETE says little there: what the double is known to leave out is filled in afterwards, through the services' own
calls, and nothing else is. docs/testing.md lists it.
"""
import json
import os
import sys
import time

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

import boto3  # noqa: E402
from translate import translated  # noqa: E402

PROJECT = os.path.dirname(os.path.abspath(sys.argv[1]))
STACK, CODE = "pgvigil", "code"
SECONDS = 180


def client(service):
    return boto3.client(service, endpoint_url=sys.argv[2], aws_access_key_id="test", aws_secret_access_key="test")


def uploaded(template, packaged):
    """As "sam package" does it. Larger than what fits into a call, the template goes the same way."""
    s3 = client("s3")
    s3.create_bucket(Bucket=CODE)
    for one in packaged:
        s3.upload_file(os.path.join(PROJECT, one["path"]), CODE, one["address"].split("/", 3)[3])
    s3.put_object(Bucket=CODE, Key="template.json", Body=json.dumps(template).encode())
    return f"{sys.argv[2].rstrip('/')}/{CODE}/template.json"


def network():
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]][:2]
    return vpc, [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"] for n, zone in enumerate(zones)]


def created(template, packaged, given):
    vpc, subnets = network()
    secret = client("secretsmanager").create_secret(
        Name="first-server", SecretString=json.dumps({"username": given["FirstUser"], "password": os.environ["FIRST_PASSWORD"]}))["ARN"]
    parameters = {"VpcId": vpc, "SubnetIds": ",".join(subnets), "FirstSecret": secret, **given}
    formation = client("cloudformation")
    formation.create_stack(
        StackName=STACK,
        TemplateURL=uploaded(template, packaged),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    end = time.monotonic() + SECONDS
    while True:
        stack = formation.describe_stacks(StackName=STACK)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS") or time.monotonic() > end:
            break
        time.sleep(0.5)
    return {
        "status": stack["StackStatus"],
        "reason": stack.get("StackStatusReason", ""),
        "outputs": {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
        "subnets": subnets,
        "secret": secret,
    }


def filled(stack):
    """What the double leaves out, as far as the chain needs it. Returns what had to be filled in."""
    functions, missing = client("lambda"), []
    for key, name in stack["outputs"].items():
        if not key.endswith("FunctionName"):
            continue
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        # A list parameter inside Fn::Join: nothing.
        if variables.get("PGVIGIL_ECS_SUBNETS") != ",".join(stack["subnets"]):
            variables["PGVIGIL_ECS_SUBNETS"] = ",".join(stack["subnets"])
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
            missing.append(f"{key}: PGVIGIL_ECS_SUBNETS")
    s3, bucket = client("s3"), stack["outputs"]["BucketName"]
    if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        missing.append("BackupBucket: versioning")
    return missing


if __name__ == "__main__":
    made = created(*translated(sys.argv[1], f"s3://{CODE}/pgvigil"), json.loads(sys.argv[3]))
    made["filled"] = filled(made) if made["status"] == "CREATE_COMPLETE" else []
    print(json.dumps(made))
