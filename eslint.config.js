import js from "@eslint/js";
import tseslint from "typescript-eslint";

const onlyGround = "Only the ground floor may: pass what is needed.";

export default tseslint.config(
  { ignores: ["dist/", "data/", "node_modules/", "schema/client/"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { project: ["./tsconfig.json", "./test/partner/tsconfig.json"], tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // Entities and inputs are plain facts: made as literals, copied by spreading, never asked for their prototype.
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      "@typescript-eslint/no-misused-spread": "off",
      "no-control-regex": "off", // control characters are what a check of text looks for
      "@typescript-eslint/no-extraneous-class": "off", // migrations and resolvers
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_+$", argsIgnorePattern: "^_" }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "no-console": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: "The present comes from the desk's clock." },
        { selector: "MemberExpression[object.name='Date'][property.name='now']", message: "The present comes from the desk's clock." },
        { selector: "MemberExpression[object.name='process'][property.name='env']", message: onlyGround },
      ],
      "no-restricted-imports": ["error", {
        paths: [{ name: "typeorm", importNames: ["DataSource"], allowTypeImports: true, message: "Nobody gets the DataSource." }],
      }],
    },
  },
  { files: ["src/foundation/clock.ts", "src/main.ts", "src/cli/*.ts"], rules: { "no-restricted-syntax": "off" } },
  { files: ["src/foundation/database/*.ts"], rules: { "no-restricted-imports": "off" } },
  { files: ["**/*.cjs"], languageOptions: { globals: { module: "writable" } } },
  { files: ["**/*.js", "**/*.cjs"], extends: [tseslint.configs.disableTypeChecked] },
);
