// The parser's package imports folders and files without endings, which bundlers know and Node does not.
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    for (const ending of ["/index.js", ".js"]) {
      try {
        return await next(specifier + ending, context);
      } catch {
        // The first error says more.
      }
    }
    throw error;
  }
}
