package io.pgvigil.wire;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgvigil.core.Sha256;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.Document;

/// Manifests as they are stored: the document and, in its member `seal`, the SHA-256 of everything
/// else, so that a manifest which changed on its disk is not believed.
public final class Manifests {
    private static final String SEAL = "seal";

    private Manifests() {}

    public static byte[] bytes(Manifest manifest) {
        var tree = (ObjectNode) Json.tree(manifest);
        tree.put(SEAL, hash(tree));
        return Json.bytes(tree);
    }

    public static Manifest read(Document document) {
        var key = document.key().value();
        if (!(Json.readTree(document.content(), key) instanceof ObjectNode tree))
            throw damaged(key, "it is no JSON object");
        var seal = tree.remove(SEAL);
        Json.requireKnown(tree.path("format").asInt(0), Manifest.FORMAT, key);
        if (seal == null || !seal.asText().equals(hash(tree)))
            throw damaged(key, "its seal does not fit its content");
        var manifest = Json.read(tree, Manifest.class, key);
        // A sound manifest in another backup's place would make that one look like this one.
        var place =
                Layout.of(
                        manifest.server(), manifest.database(), manifest.backup(), Layout.MANIFEST);
        if (!place.equals(document.key()))
            throw damaged(key, "it is that of backup " + manifest.backup());
        return manifest;
    }

    private static Problem damaged(String key, String why) {
        return new Problem(
                ErrorCode.OBJECT_DAMAGED,
                key + " is damaged: " + why,
                "Nothing can be said about this backup; its objects can still be restored with stock"
                        + " tools if they are whole.");
    }

    /// Over the compact form with members in the order in which they stand.
    private static String hash(ObjectNode tree) {
        return Sha256.hex(Json.compactBytes(tree));
    }
}
