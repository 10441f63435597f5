import static com.apollographql.apollo.compiler.OptionsKt.buildCodegenOptions;
import static com.apollographql.apollo.compiler.OptionsKt.buildIrOptions;
import static com.apollographql.apollo.compiler.codegen.SourceOutputKt.writeTo;

import com.apollographql.apollo.compiler.ApolloCompiler;
import com.apollographql.apollo.compiler.CodegenSchemaOptions;
import com.apollographql.apollo.compiler.InputFile;
import com.apollographql.apollo.compiler.TargetLanguage;
import java.io.File;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Compiles GraphQL operations to Kotlin: {@code CompileOperations SCHEMA OUTPUT OPERATIONS...}. Fails if the compiler warns. */
class CompileOperations {
  private static final String PACKAGE = "shop";
  private static final Map<String, String> SCALARS =
      Map.of("DateTime", "kotlin.String", "JSONObject", "kotlin.Any", "AttributeValue", "kotlin.Any");

  private static final Set<String> EVERY_TYPE = Set.of(".*");

  private static int complaints = 0;

  private static final ApolloCompiler.Logger LOGGER = new ApolloCompiler.Logger() {
    @Override
    public void debug(String message) {}

    @Override
    public void info(String message) {}

    @Override
    public void warning(String message) {
      complain("warning", message);
    }

    @Override
    public void error(String message) {
      complain("error", message);
    }
  };

  private static void complain(String kind, String message) {
    complaints++;
    System.err.println(kind + ": " + message);
  }

  public static void main(String[] arguments) {
    var schema = filesOf(Stream.of(arguments[0]));
    var output = new File(arguments[1]);
    var operations = filesOf(Stream.of(arguments).skip(2));
    // Null stands for the default of the compiler.
    var irOptions = buildIrOptions(null, null, null, null, null, EVERY_TYPE, null, null, null, null);
    var codegenOptions = buildCodegenOptions(
        TargetLanguage.KOTLIN_1_9, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null, null, null, null, null, null, PACKAGE, null);
    var sources = ApolloCompiler.INSTANCE.buildSchemaAndOperationsSources(
        schema, operations, new CodegenSchemaOptions(SCALARS, Map.of(), false), irOptions, codegenOptions,
        null, null, null, null, null, null, null, LOGGER, null);
    writeTo(sources, output, true, null);
    System.out.println(sources.getFiles().size() + " Kotlin files");
    System.exit(complaints == 0 ? 0 : 1);
  }

  private static List<InputFile> filesOf(Stream<String> paths) {
    return paths.map((path) -> new InputFile(new File(path), path)).toList();
  }
}
