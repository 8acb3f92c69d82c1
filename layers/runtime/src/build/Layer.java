import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Makes the layer of a folder: every jar in it is written again without compression, each entry as it was, and
 * then all of them into one zip: java Layer.java FOLDER ZIP TIMESTAMP
 *
 * A cold start reads thousands of classes and need not inflate them; and the zip compresses what the classes of
 * a jar have in common, which was lost while each was compressed alone. Run by the build, with the Java that
 * runs Maven, hence nothing newer than Java 11 here. The same input makes the same zip.
 */
public final class Layer {
    public static void main(String[] arguments) throws IOException {
        var folder = Path.of(arguments[0]);
        List<Path> jars;
        try (var files = Files.walk(folder)) {
            jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().collect(Collectors.toList());
        }
        jars.forEach(Layer::store);
        var time = OffsetDateTime.parse(arguments[2]).toLocalDateTime();
        try (var zip = new ZipOutputStream(Files.newOutputStream(Path.of(arguments[1])))) {
            for (var jar : jars) {
                zip.putNextEntry(entry(folder.relativize(jar).toString().replace('\\', '/'), time));
                Files.copy(jar, zip);
                zip.closeEntry();
            }
        }
    }

    private static void store(Path jar) {
        var stored = jar.resolveSibling(jar.getFileName() + ".stored");
        try {
            try (var from = new ZipFile(jar.toFile());
                    var to = new ZipOutputStream(Files.newOutputStream(stored))) {
                to.setMethod(ZipOutputStream.STORED);
                for (var entries = from.entries(); entries.hasMoreElements(); ) {
                    var entry = entries.nextElement();
                    try (var content = from.getInputStream(entry)) {
                        write(to, entry(entry.getName(), entry.getTimeLocal()), content.readAllBytes());
                    }
                }
            }
            Files.move(stored, jar, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(jar.toString(), e);
        }
    }

    private static void write(ZipOutputStream to, ZipEntry entry, byte[] content) throws IOException {
        entry.setSize(content.length);
        entry.setCompressedSize(content.length);
        var sum = new CRC32();
        sum.update(content);
        entry.setCrc(sum.getValue());
        to.putNextEntry(entry);
        to.write(content);
        to.closeEntry();
    }

    private static ZipEntry entry(String name, LocalDateTime time) {
        var entry = new ZipEntry(name);
        // As a zip holds it, without a time zone.
        entry.setTimeLocal(time);
        return entry;
    }
}
