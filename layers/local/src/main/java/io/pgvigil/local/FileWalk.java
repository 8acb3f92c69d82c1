package io.pgvigil.local;

import io.pgvigil.core.store.ObjectKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// The objects under a directory in the order of their keys, one folder in memory at a time per
/// level. Folders that cannot hold the prefix are not opened.
final class FileWalk implements Iterator<FileWalk.Found> {
    record Found(ObjectKey key, BasicFileAttributes attributes) {}

    /// @param text the key, or for a folder what its keys begin with, with the `/`
    private record Entry(String text, Path path, BasicFileAttributes attributes) {
        byte[] bytes() {
            return text.getBytes(StandardCharsets.UTF_8);
        }
    }

    private final Path root;
    private final String prefix;
    private final Deque<Iterator<Entry>> levels = new ArrayDeque<>();
    private @Nullable Found next;

    FileWalk(Path root, String prefix) {
        this.root = root;
        this.prefix = prefix;
        levels.push(entries(root, "").iterator());
    }

    @Override
    public boolean hasNext() {
        while (next == null && !levels.isEmpty()) {
            var level = levels.element();
            if (!level.hasNext()) {
                levels.pop();
                continue;
            }
            var entry = level.next();
            if (entry.attributes.isDirectory())
                levels.push(entries(entry.path, entry.text).iterator());
            else
                next =
                        ObjectKey.ifValid(entry.text)
                                .map(key -> new Found(key, entry.attributes))
                                .orElse(null);
        }
        return next != null;
    }

    @Override
    public Found next() {
        if (!hasNext()) throw new NoSuchElementException();
        var found = next;
        next = null;
        if (found == null) throw new NoSuchElementException();
        return found;
    }

    private List<Entry> entries(Path folder, String above) {
        var entries = new ArrayList<Entry>();
        try (var files = Files.newDirectoryStream(folder)) {
            for (var file : files) {
                var segment = FileNames.segment(String.valueOf(file.getFileName()));
                if (segment.isEmpty()) continue;
                var is = Disk.attributes(file);
                if (is.isEmpty()) continue;
                var text = above + segment.get() + (is.get().isDirectory() ? "/" : "");
                var wanted =
                        is.get().isDirectory()
                                ? text.startsWith(prefix) || prefix.startsWith(text)
                                : is.get().isRegularFile() && text.startsWith(prefix);
                if (wanted && text.length() <= ObjectKey.MAXIMUM_BYTES)
                    entries.add(new Entry(text, file, is.get()));
            }
        } catch (NoSuchFileException | NotDirectoryException gone) {
            // Deleted while we were walking towards it.
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw Disk.problem(new IOException(e.getMessage(), e), "list objects", root);
        } catch (IOException e) {
            throw Disk.problem(e, "list objects", root);
        }
        // A folder sorts with its slash: `a-b` and `a.b` come before what is in `a`, and `a0` after
        // it.
        entries.sort(Comparator.comparing(Entry::bytes, Arrays::compareUnsigned));
        return entries;
    }
}
