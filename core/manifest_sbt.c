/* build.sbt and project/Dependencies.scala: programs, of which the plain lines are read. */

#include <string.h>

#include "core/manifest_read.h"

/* "group" %% "artifact" % "version" % Test; %% adds the Scala version to the artifact's name. */
static void sbt_module(struct manifest_file *file, struct span line)
{
	struct found found = {
	    .ecosystem = "maven", .scope = DEP_RUNTIME, .direct = true, .line = file->lines.number};
	struct span group, artifact, between;

	if (!span_quoted(&line, &group))
		return;
	between = span_trim(line);
	if (!span_starts(between, "%") || !span_quoted(&line, &artifact) ||
	    group.len + artifact.len > MANIFEST_MAX_NAME)
		return;
	between = span_trim(line);
	found.version = span_of(NULL);
	if (span_starts(between, "% \"") && span_quoted(&line, &found.version))
		found.resolved = manifest_jvm_exact(found.version);
	if (span_find(line, "Test") >= 0 || span_find(line, "\"test\"") >= 0)
		found.scope = DEP_DEV;
	found.name = span_of(arena_printf(file->out->arena, "%.*s:%.*s", (int)group.len, group.at,
					  (int)artifact.len, artifact.at));
	manifest_add(file, &found);
}

void manifest_sbt(struct manifest_file *file)
{
	bool in_comment = false;
	struct span line;

	while (lines_next(&file->lines, &line)) {
		line = manifest_jvm_line(line, &in_comment);
		if (span_find(line, "\" %") >= 0)
			sbt_module(file, line);
	}
}
