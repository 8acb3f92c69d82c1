/// A laptop or a host with a disk instead of AWS: the store in a directory.
@NullMarked
package io.pgvigil.local;

import org.jspecify.annotations.NullMarked;
