import { defineConfig } from "vite";

export default defineConfig({
  // The gateway serves the page itself at /graphql and everything it loads under /graphiql/assets.
  base: "/graphiql/",
  // Dependencies written for React's server components warn once per file that "use client" means nothing here.
  logLevel: "error",
  build: { target: "es2022" },
  worker: { format: "es" },
});
