"""What the tabs share: session, worker process, messages, dialogs, parameter node."""
