package io.pgvigil.postgres.sandbox;

import io.pgvigil.archive.TocEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// What a sandbox must have in common with the source, because a dump would differ otherwise.
///
/// @param encoding as the server writes it: `UTF8`, `LATIN1`
/// @param collate `LC_COLLATE`, a name of the operating system
/// @param ctype `LC_CTYPE`
/// @param locale the ICU or built-in locale, where that is the provider
/// @param rules tailored ICU rules, 16 and newer
/// @param superuser name of the cluster's first role; the source's own name for it keeps owners equal
public record SandboxShape(
        String encoding,
        Provider provider,
        String collate,
        String ctype,
        Optional<String> locale,
        Optional<String> rules,
        String superuser) {

    public static final String DEFAULT_SUPERUSER = "postgres";

    /// Where a collation comes from.
    public enum Provider {
        LIBC,
        ICU,
        BUILTIN;

        /// The word in SQL and in initdb's options.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public SandboxShape {
        if (provider != Provider.LIBC && locale.isEmpty())
            throw new IllegalArgumentException(provider.word() + " needs a locale");
        if (superuser.isEmpty() || superuser.startsWith("pg_"))
            throw new IllegalArgumentException("'" + superuser + "' cannot be a superuser's name");
    }

    /// UTF-8 with byte order: works on every machine.
    public static SandboxShape utf8() {
        return new SandboxShape(
                "UTF8",
                Provider.LIBC,
                "C",
                "C",
                Optional.empty(),
                Optional.empty(),
                DEFAULT_SUPERUSER);
    }

    public SandboxShape withSuperuser(String name) {
        return new SandboxShape(encoding, provider, collate, ctype, locale, rules, name);
    }

    // LC_COLLATE = 'C'  ENCODING = 'UTF8'  LOCALE_PROVIDER = icu
    private static final Pattern OPTION =
            Pattern.compile("([A-Z_]+) = (?:'((?:[^']|'')*)'|([^\\s';]+))");
    private static final Pattern CREATE =
            Pattern.compile("CREATE DATABASE (?:\"(?:[^\"]|\"\")+\"|\\S+)(.*)", Pattern.DOTALL);

    /// The shape of the database that an archive was taken from: its `DATABASE` entry says it.
    public static Optional<SandboxShape> of(List<TocEntry> toc) {
        return toc.stream()
                .filter(entry -> entry.desc().equals("DATABASE"))
                .map(TocEntry::definition)
                .map(SandboxShape::options)
                .filter(options -> options.containsKey("ENCODING"))
                .map(SandboxShape::ofOptions)
                .findFirst();
    }

    private static Map<String, String> options(String definition) {
        var options = new HashMap<String, String>();
        var create = CREATE.matcher(definition);
        // The name comes first and may look like an option itself.
        if (!create.find()) return options;
        var option = OPTION.matcher(create.group(1));
        while (option.find())
            options.put(
                    option.group(1),
                    option.group(2) != null ? option.group(2).replace("''", "'") : option.group(3));
        return options;
    }

    private static SandboxShape ofOptions(Map<String, String> options) {
        var provider =
                switch (options.getOrDefault("LOCALE_PROVIDER", "libc")) {
                    case "icu" -> Provider.ICU;
                    case "builtin" -> Provider.BUILTIN;
                    default -> Provider.LIBC;
                };
        var all = options.getOrDefault("LOCALE", "C");
        var own =
                switch (provider) {
                    case LIBC -> Optional.<String>empty();
                    case ICU -> Optional.of(options.getOrDefault("ICU_LOCALE", all));
                    case BUILTIN -> Optional.of(options.getOrDefault("BUILTIN_LOCALE", all));
                };
        return new SandboxShape(
                options.getOrDefault("ENCODING", "UTF8"),
                provider,
                options.getOrDefault("LC_COLLATE", all),
                options.getOrDefault("LC_CTYPE", all),
                own,
                Optional.ofNullable(options.get("ICU_RULES")),
                DEFAULT_SUPERUSER);
    }

    /// initdb's options for this shape.
    List<String> initdbOptions(int major) {
        var options = new ArrayList<String>();
        options.add("--username=" + superuser);
        options.add("--encoding=" + encoding);
        // The cluster's own messages and formats, whatever the machine's locale.
        options.add("--locale=C");
        options.add("--lc-collate=" + collate);
        options.add("--lc-ctype=" + ctype);
        // The option is as old as ICU databases: 15.
        if (provider != Provider.LIBC || major >= 15)
            options.add("--locale-provider=" + provider.word());
        locale.ifPresent(name -> options.add("--" + provider.word() + "-locale=" + name));
        rules.ifPresent(text -> options.add("--icu-rules=" + text));
        return options;
    }

    /// How people refer to it: `UTF8, icu en-US`.
    @Override
    public String toString() {
        return encoding
                + ", "
                + provider.word()
                + " "
                + locale.orElse(
                        collate.equals(ctype)
                                ? collate
                                : "LC_COLLATE " + collate + ", LC_CTYPE " + ctype);
    }
}
