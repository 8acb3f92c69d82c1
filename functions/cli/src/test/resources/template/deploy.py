"""Creates the stack in moto, inside this process, and prints what there is then: deploy.py template.yaml

moto's CloudFormation skips what it does not know (bucket and queue policies, alarms, schedules, CodeBuild, endpoints), so
that only what is read back through the services' own calls says anything.
"""
import io
import json
import os
import sys
import warnings
import zipfile

os.environ.update(AWS_DEFAULT_REGION="eu-west-1", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
warnings.simplefilter("ignore")

import boto3  # noqa: E402
from moto import mock_aws  # noqa: E402
from translate import translated  # noqa: E402

# What moto cannot do, and would stop at.
UNKNOWN = ["TickGroup"]


def without(names, part):
    """References to resources that are left out become made-up ARNs."""
    if isinstance(part, dict):
        if part.get("Ref") in names:
            return part["Ref"]
        if "Fn::GetAtt" in part and part["Fn::GetAtt"][0] in names:
            return "arn:aws:any:eu-west-1:123456789012:" + part["Fn::GetAtt"][0]
        return {key: without(names, value) for key, value in part.items() if key not in names}
    if isinstance(part, list):
        return [without(names, value) for value in part]
    return part


def fitted(template):
    template = without(UNKNOWN, template)
    template["Resources"]["BackupKey"]["Properties"].pop("Tags")  # expects tags of another shape
    template["Resources"]["Repository"]["Properties"]["RepositoryName"] = "pgvigil"  # invents one with capitals
    return template


@mock_aws
def deployed(path):
    template, packaged = translated(path, "s3://code/pgvigil")
    s3, ec2 = boto3.client("s3"), boto3.client("ec2")
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as file:
        file.writestr("nothing", "")
    for one in packaged:
        s3.put_object(Bucket="code", Key=one["address"].split("/", 3)[3], Body=empty.getvalue())
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")["Subnet"]["SubnetId"]
        for n, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="database", Description="database", VpcId=vpc)["GroupId"]
    secret = boto3.client("secretsmanager").create_secret(Name="first", SecretString="{}")["ARN"]
    parameters = {
        "VpcId": vpc,
        "SubnetIds": ",".join(subnets),
        "DatabaseSecurityGroupId": group,
        "FirstHost": "db.internal",
        "FirstUser": "backup",
        "FirstSecret": secret,
        "AllowRdsDrills": "true",
        "AllowRdsRestores": "true",
    }
    formation = boto3.client("cloudformation")
    formation.create_stack(
        StackName="pgvigil",
        TemplateBody=json.dumps(fitted(template)),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    stack = formation.describe_stacks(StackName="pgvigil")["Stacks"][0]
    ecs, iam, functions = boto3.client("ecs"), boto3.client("iam"), boto3.client("lambda")
    return {
        "status": stack["StackStatus"],
        "outputs": {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]},
        "functions": {function["Handler"]: function for function in functions.list_functions()["Functions"]},
        "tasks": {
            arn.split("/")[1].split(":")[0]: ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
            for arn in ecs.list_task_definitions()["taskDefinitionArns"]
        },
        "roles": [role["RoleName"] for role in iam.list_roles()["Roles"]],
        "ingress": ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"],
    }


if __name__ == "__main__":
    print(json.dumps(deployed(sys.argv[1]), default=str))
