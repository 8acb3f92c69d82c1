package io.pgvigil.aws.secrets;

import io.pgvigil.aws.AwsFailure;
import io.pgvigil.aws.Clients;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.connect.SecretSource;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.rds.RdsUtilities;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueResponse;

/// Passwords by the ARN of a secret in Secrets Manager, and RDS tokens for `iam`.
///
/// - **Nothing is kept:** each time it is asked, it asks. A secret may have been rotated, and a token
///   opens connections for 15 minutes only.
/// - **Nothing is made before it is needed:** without such a reference AWS is never touched.
/// - **No message holds a value.**
///
/// Needs `secretsmanager:GetSecretValue` (with a key of its own on the secret `kms:Decrypt`), and
/// `rds-db:connect` for tokens.
public final class AwsSecrets implements SecretSource {
    private static final Duration CALL_LIMIT = Duration.ofSeconds(15);
    private static final Pattern ARN =
            Pattern.compile("arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):[0-9]{12}:secret:.+");

    /// `orders.abc123.eu-west-1.rds.amazonaws.com`, and `.com.cn`; the label before `rds` is the region.
    private static final Pattern RDS_HOST =
            Pattern.compile(
                    "[^.]+(?:\\.[^.]+)*\\.([a-z]{2}(?:-[a-z]+)+-[0-9])\\.rds\\.[a-z0-9.-]+",
                    Pattern.CASE_INSENSITIVE);

    private static final String FORM =
            "Write arn:aws:secretsmanager:<region>:<account>:secret:<name>.";

    private final Supplier<Clients> maker;
    private @Nullable Clients made;
    private final Map<Region, SecretsManagerClient> managers = new ConcurrentHashMap<>();

    private AwsSecrets(Supplier<Clients> maker) {
        this.maker = maker;
    }

    public AwsSecrets(Clients clients) {
        this(() -> clients);
    }

    public static AwsSecrets from(Map<String, String> environment) {
        return new AwsSecrets(() -> Clients.standard(environment));
    }

    private synchronized Clients clients() {
        var clients = made == null ? maker.get() : made;
        made = clients;
        return clients;
    }

    @Override
    public Optional<Secret> find(String reference, Endpoint endpoint) {
        if (reference.equals("iam")) return Optional.of(token(endpoint));
        var arn = ARN.matcher(reference);
        if (arn.matches())
            return Optional.of(password(reference, Region.of(arn.group(1)), endpoint));
        if (reference.startsWith("arn:"))
            throw new Problem(
                    ErrorCode.SECRET_NOT_FOUND,
                    "'" + reference + "' is not the ARN of a secret",
                    FORM);
        return Optional.empty();
    }

    // Secrets Manager

    private Secret password(String arn, Region region, Endpoint endpoint) {
        return SecretText.password(arn, text(arn, region), endpoint);
    }

    /// The text of a secret as it is.
    public String text(String arn) {
        var known = ARN.matcher(arn);
        if (!known.matches()) throw problem(arn, "is not the ARN of a secret", FORM);
        return text(arn, Region.of(known.group(1)));
    }

    private String text(String arn, Region region) {
        GetSecretValueResponse answer;
        try {
            answer = manager(region).getSecretValue(ask -> ask.secretId(arn));
        } catch (SdkException e) {
            throw refused(arn, e);
        }
        if (answer.secretString() == null)
            throw problem(arn, "is binary", "Store it as text, or as JSON.");
        return answer.secretString();
    }

    private SecretsManagerClient manager(Region region) {
        return managers.computeIfAbsent(
                region,
                where ->
                        clients()
                                .build(
                                        SecretsManagerClient.builder(),
                                        "SECRETS_MANAGER",
                                        Optional.of(where),
                                        CALL_LIMIT));
    }

    private static Problem refused(String arn, SdkException e) {
        var failure = AwsFailure.of(e);
        var words = failure.toString().toLowerCase(Locale.ROOT);
        if (failure.kind() == AwsFailure.Kind.REFUSED || failure.kind() == AwsFailure.Kind.DENIED) {
            if (words.contains("kms") || words.contains("decrypt"))
                return problem(
                        arn,
                        "cannot be decrypted: " + failure,
                        "Its KMS key must be enabled, and the task's role needs kms:Decrypt for it.",
                        false,
                        e);
            if (failure.code().equals("InvalidRequestException") && words.contains("delet"))
                return problem(
                        arn,
                        "is about to be deleted: " + failure,
                        "Restore it with aws secretsmanager restore-secret, or name another one.",
                        false,
                        e);
        }
        return switch (failure.kind()) {
            case DENIED ->
                    problem(
                            arn,
                            "may not be read: " + failure,
                            "The task's role needs secretsmanager:GetSecretValue for it; the stack"
                                    + " grants it for the secrets it is told of.",
                            false,
                            e);
            case CREDENTIALS ->
                    problem(
                            arn,
                            "cannot be read: " + failure,
                            "Give this task a role, or set AWS_PROFILE in this shell.",
                            false,
                            e);
            case BUSY, UNREACHABLE ->
                    problem(
                            arn,
                            "cannot be read: " + failure,
                            "Can this subnet reach Secrets Manager, through NAT or a VPC endpoint?",
                            true,
                            e);
            case INTERRUPTED ->
                    problem(
                            arn,
                            "was not read: " + failure,
                            "Run it again if it was not stopped on purpose.",
                            false,
                            e);
            case REFUSED ->
                    failure.code().equals("ResourceNotFoundException")
                            ? problem(
                                    arn,
                                    "does not exist, or has no value: " + failure,
                                    "Correct the ARN in the configuration, region and account"
                                            + " included.",
                                    false,
                                    e)
                            : problem(
                                    arn,
                                    "cannot be read: " + failure,
                                    "Look at it in the console.",
                                    false,
                                    e);
        };
    }

    // Tokens

    private Secret token(Endpoint endpoint) {
        if (endpoint.sslMode().compareTo(SslMode.REQUIRE) < 0)
            throw new Problem(
                    ErrorCode.CONFIG_INVALID,
                    "an IAM token needs an encrypted connection, and sslmode is "
                            + endpoint.sslMode(),
                    "Use sslmode verify-full.");
        var host = RDS_HOST.matcher(endpoint.host());
        if (!host.matches() && !endpoint.host().toLowerCase(Locale.ROOT).contains(".rds."))
            throw new Problem(
                    ErrorCode.CONFIG_INVALID,
                    "an IAM token is for a name that RDS gave, and the host is " + endpoint.host(),
                    "RDS checks the name in the token: use the instance's or cluster's endpoint,"
                            + " *.rds.amazonaws.com, and no name of your own for it.");
        // The token is for the region of the instance, which its name tells.
        var region =
                (host.matches()
                                ? Optional.of(Region.of(host.group(1).toLowerCase(Locale.ROOT)))
                                : clients().region())
                        .orElseThrow(() ->
                                new Problem(
                                        ErrorCode.CONFIG_INVALID,
                                        "the region of " + endpoint.host() + " is not known",
                                        "Set AWS_REGION to it."));
        try {
            return new Secret(
                    RdsUtilities.builder()
                            .region(region)
                            .credentialsProvider(clients().credentials())
                            .build()
                            .generateAuthenticationToken(ask ->
                                    ask.hostname(endpoint.host())
                                            .port(endpoint.port())
                                            .username(endpoint.user())));
        } catch (SdkException e) {
            throw new Problem(
                    ErrorCode.SECRET_NOT_FOUND,
                    "no IAM token could be made for "
                            + endpoint.user()
                            + " at "
                            + endpoint
                            + ": "
                            + AwsFailure.of(e),
                    "Give this task a role with rds-db:connect for the database user, or set"
                            + " AWS_PROFILE in this shell.",
                    AwsFailure.of(e).transientFailure(),
                    e);
        }
    }

    static Problem problem(String arn, String what, String hint) {
        return problem(arn, what, hint, false, null);
    }

    private static Problem problem(
            String arn,
            String what,
            String hint,
            boolean transientFailure,
            @Nullable Throwable cause) {
        return new Problem(
                ErrorCode.SECRET_NOT_FOUND,
                "the secret " + arn + " " + what,
                hint,
                transientFailure,
                cause);
    }
}
