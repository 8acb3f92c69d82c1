package io.pgvigil.postgres.restore;

/// Why an entry could not be restored, in words for the owner of the database.
public enum Cause {
    CHECK_READS_OTHER_DATA(
            true,
            "a check, domain or generated column calls a function that reads another table, which was"
                    + " not filled yet",
            "Nothing is wrong with the backup; the table is filled in a second pass. Such a constraint"
                    + " belongs into a trigger."),
    SEARCH_PATH(
            false,
            "a function in a check, an index or a materialized view names an object without its schema;"
                    + " a restore runs with an empty search_path",
            "On the source, write the schema before the name inside the function, or give the function"
                    + " SET search_path; backups taken after that restore."),
    NAMES_LATER_OBJECT(
            true,
            "a value of type regclass (or a similar type) names an index or another object that is made"
                    + " after the data",
            "Nothing is wrong with the backup; the table is filled in a second pass."),
    PARTITION_TRIGGER(
            true,
            "a partition's trigger has its own enabled state and was restored before the trigger it"
                    + " comes from",
            "Nothing is wrong with the backup; it happens in parallel restores and is repaired in a"
                    + " second pass."),
    DEADLOCK(
            true,
            "two parallel restore jobs waited for each other",
            "It is tried again in a second pass."),
    ROLE_MISSING(
            false,
            "a role that owns or may use objects does not exist on the target",
            "Restore the globals, or create the role first; the objects belong to whoever restored"
                    + " them until then."),
    TABLESPACE_MISSING(
            false,
            "a tablespace of the source does not exist on the target",
            "Create it, or map it to a folder; the objects lie in the default tablespace until then."),
    EXTENSION_MISSING(
            false,
            "an extension is not installed on the target's machine",
            "Install the package that holds the extension on the target's machine, then restore again."),
    LABEL_PROVIDER_MISSING(
            false,
            "the provider of a security label is not loaded on the target",
            "Name the provider's library in shared_preload_libraries of the target, or do without the"
                    + " labels."),
    LIBRARY_MISSING(
            false,
            "a function is written in C and its library is not on the target's machine",
            "Install the library in the target's $libdir, then restore again."),
    SUBSCRIPTION(
            false,
            "a subscription could not be made on the target",
            "Make it by hand when the target is to receive changes; a restored one is disabled anyway."),
    PRIVILEGE_MISSING(
            false,
            "the restoring role may not do what the object needs",
            "Restore as a superuser, or as a member of the roles that own the objects."),
    NEWER_THAN_TARGET(
            false,
            "the archive uses something that the target's version does not know",
            "Restore into a server of the version, minor included, that the backup was taken from, or a"
                    + " newer one."),
    ALREADY_EXISTS(
            false,
            "the target already has an object of that name",
            "Restore into an empty database."),
    DISK_FULL(
            false,
            "the target ran out of disk space",
            "Make room on the target's volume, then restore again."),
    FOLLOWS(
            true,
            "it needs another entry that could not be restored",
            "Cure the error it follows from; this one goes with it."),
    STOPPED(
            false,
            "the restore program stopped before its end",
            "Look at the reason; what came after it is not restored."),
    OTHER(
            true,
            "the server refused it",
            "Read the server's message; the archive holds the statement.");

    private final boolean repairable;
    private final String explanation;
    private final String hint;

    Cause(boolean repairable, String explanation, String hint) {
        this.repairable = repairable;
        this.explanation = explanation;
        this.hint = hint;
    }

    /// Whether the entry may succeed once everything else is there.
    public boolean repairable() {
        return repairable;
    }

    public String explanation() {
        return explanation;
    }

    public String hint() {
        return hint;
    }
}
