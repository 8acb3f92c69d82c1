package io.pgvigil.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.wire.Json;
import java.util.regex.Pattern;

/// A function's error as Lambda reports it, made the problem that the function threw.
///
/// Lambda answers `{"errorMessage": …, "errorType": …, "stackTrace": […]}`, and a problem's message
/// has code, words and hint.
final class FunctionError {
    private static final Pattern OURS =
            Pattern.compile("(PGV-\\d{4}): (.*?)\\nHINT: (.*)", Pattern.DOTALL);

    private FunctionError() {}

    static Problem of(String function, byte[] payload) {
        var said = read(payload);
        var message = said.path("errorMessage").asText("");
        var ours = OURS.matcher(message);
        if (ours.matches())
            for (var code : ErrorCode.values())
                if (code.id().equals(ours.group(1)))
                    return new Problem(code, ours.group(2), ours.group(3));
        if (ours.matches())
            // A newer stack may know more than this command.
            return new Problem(
                    ErrorCode.FUNCTION_FAILED,
                    function + ": " + ours.group(1) + ": " + ours.group(2),
                    ours.group(3));
        if (message.contains("Task timed out"))
            return failed(
                    function + " was not ready in time: " + message,
                    "What it ordered may be under way: look with pgvigil status before you repeat"
                            + " it.",
                    true);
        var type = said.path("errorType").asText("");
        return failed(
                function
                        + " failed: "
                        + (message.isEmpty() ? "it gave no reason" : firstLine(message))
                        + (type.isEmpty() ? "" : " (" + type + ")"),
                "Its log group has the cause.",
                false);
    }

    private static JsonNode read(byte[] payload) {
        try {
            return Json.readTree(payload, "the function's error");
        } catch (Problem notJson) {
            return Json.tree("");
        }
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse(text);
    }

    private static Problem failed(String what, String hint, boolean again) {
        return new Problem(ErrorCode.FUNCTION_FAILED, what, hint, again, null);
    }
}
