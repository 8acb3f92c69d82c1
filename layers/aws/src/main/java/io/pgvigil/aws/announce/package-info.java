/// Announcements through Amazon SNS, for people, and Amazon EventBridge, for programs.
@NullMarked
package io.pgvigil.aws.announce;

import org.jspecify.annotations.NullMarked;
