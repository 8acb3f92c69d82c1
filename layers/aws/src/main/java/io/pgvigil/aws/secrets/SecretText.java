package io.pgvigil.aws.secrets;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.problem.Problem;
import java.util.Optional;

/// What the text of a secret means: the password itself, or JSON as RDS writes it.
///
/// `{"username": "backup", "password": "…", "host": …}`; only the first two count.
final class SecretText {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FORM =
            "Store the password as text, or as JSON with the key \"password\".";

    private SecretText() {}

    /// @throws Problem which never holds the text or a part of it but the user's name
    static Secret password(String arn, String text, Endpoint endpoint) {
        var object = object(text);
        if (object.isEmpty()) return checked(arn, withoutLastLineEnd(text));
        var user = object.get().path("username");
        if (user.isTextual() && !user.textValue().equals(endpoint.user()))
            throw AwsSecrets.problem(
                    arn,
                    "is for user '"
                            + user.textValue()
                            + "', and the configuration connects as '"
                            + endpoint.user()
                            + "'",
                    "Name the secret of that user, or correct the user in the configuration.");
        var password = object.get().path("password");
        if (!password.isTextual())
            throw AwsSecrets.problem(arn, "is JSON without a text \"password\"", FORM);
        return checked(arn, password.textValue());
    }

    private static Optional<JsonNode> object(String text) {
        if (!text.stripLeading().startsWith("{")) return Optional.empty();
        try {
            return Optional.of(JSON.readTree(text)).filter(JsonNode::isObject);
        } catch (JsonProcessingException plainPassword) {
            // A password may begin with a brace.
            return Optional.empty();
        }
    }

    /// Secrets that were made from a file end as the file does.
    private static String withoutLastLineEnd(String text) {
        return text.replaceFirst("\r?\n$", "");
    }

    private static Secret checked(String arn, String password) {
        if (password.isEmpty()) throw AwsSecrets.problem(arn, "holds an empty password", FORM);
        if (password.indexOf('\0') >= 0)
            throw AwsSecrets.problem(arn, "holds a NUL, which no password can", FORM);
        return new Secret(password);
    }
}
