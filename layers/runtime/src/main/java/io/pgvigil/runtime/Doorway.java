package io.pgvigil.runtime;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonMappingException;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The door of a function: decode, call, encode.
///
/// A problem leaves as the function's error, with code and hint in its message, after one log line
/// of JSON; a retry of the platform is welcome only when the problem says it may help.
public abstract class Doorway<I> implements RequestStreamHandler {

    /// Reads the event. What cannot be read is an `EVENT_INVALID` problem.
    protected abstract I decode(byte[] event);

    /// @param request the platform's id of this invocation; the same for every retry of an
    ///     asynchronous one
    protected abstract Object handle(I input, String request);

    @Override
    public final void handleRequest(InputStream in, OutputStream out, Context context)
            throws IOException {
        var event = in.readAllBytes();
        out.write(
                guarded(
                        context,
                        () -> Json.bytes(handle(decode(event), context.getAwsRequestId()))));
    }

    /// Does the work of a handler, with one log line of JSON about a problem on its way out.
    public static <T> T guarded(Context context, Supplier<T> work) {
        try {
            return work.get();
        } catch (Problem problem) {
            var line = new LinkedHashMap<String, Object>();
            line.put("level", "ERROR");
            line.put("stage", context.getFunctionName());
            line.put("event", "failed");
            line.put("code", problem.code().id());
            line.put("what", problem.what());
            line.put("hint", problem.hint());
            line.put("request", context.getAwsRequestId());
            context.getLogger().log(Json.line(line) + "\n");
            throw problem;
        }
    }

    protected static <T> T event(byte[] event, Class<T> type, String example) {
        try {
            // The JSON `null` is an event too, and no request.
            return Optional.ofNullable(Json.read(event, type, "the event"))
                    .orElseThrow(() -> invalid("it is null", example));
        } catch (Problem problem) {
            if (problem.code() != ErrorCode.DOCUMENT_INVALID) throw problem;
            // Without its cause: that quotes the event, and a URL with a password in the wrong
            // place must not travel into the log.
            throw invalid(why(problem.getCause()), example);
        }
    }

    private static Problem invalid(String why, String example) {
        return new Problem(
                ErrorCode.EVENT_INVALID,
                "the event cannot be used: " + why,
                "events/" + example + ".json shows what this function takes.");
    }

    private static String why(@Nullable Throwable cause) {
        if (!(cause instanceof JsonMappingException mapping)) return "it is no JSON";
        var member =
                mapping.getPath().stream()
                        .map(step -> step.getFieldName() == null ? "[]" : step.getFieldName())
                        .collect(Collectors.joining("."));
        return member.isEmpty()
                ? "it is empty or no JSON object"
                : "its member " + member + " is missing or not of the right kind";
    }
}
