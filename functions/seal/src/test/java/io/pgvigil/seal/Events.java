package io.pgvigil.seal;

import com.amazonaws.services.lambda.runtime.events.ScheduledEvent;
import com.amazonaws.services.lambda.runtime.serialization.events.LambdaEventSerializers;
import io.pgvigil.testkit.Invocation;
import io.pgvigil.wire.Json;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;

/// Calls the handler as the Lambda runtime does: with the object that it makes of the JSON.
record Events(SealHandler handler) {
    String send(String event) {
        var read =
                LambdaEventSerializers.serializerFor(
                                ScheduledEvent.class, Events.class.getClassLoader())
                        .fromJson(new ByteArrayInputStream(event.getBytes(StandardCharsets.UTF_8)));
        return Json.line(handler.handleRequest(read, new Invocation("request-1")));
    }
}
