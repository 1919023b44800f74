// Starts `n3gen lsp` and lets VS Code talk to it.
const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = () => {
  const folder = workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
  const command = workspace
    .getConfiguration("n3gen")
    .get("command")
    .replaceAll("${workspaceFolder}", folder);
  client = new LanguageClient(
    "n3gen",
    "n3gen",
    { command, args: ["lsp"] },
    {
      documentSelector: [
        { scheme: "file", language: "n3gen" },
        { scheme: "file", language: "yaml", pattern: "**/{chains,specs}/**" },
      ],
      synchronize: {
        fileEvents: workspace.createFileSystemWatcher("**/{*.ai,*.yaml,*.yml,n3gen.toml,pyproject.toml}"),
      },
    },
  );
  return client.start();
};

exports.deactivate = () => client?.stop();
