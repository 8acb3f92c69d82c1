/// The functions as AWS runs them: packaged jars and the layer inside the real Lambda runtime client.
@NullMarked
package io.pgvigil.lambda;

import org.jspecify.annotations.NullMarked;
