// The folders of the account and what is in them.

const mainWindow = () => Services.wm.getMostRecentWindow("mail:3pane");

const incomingServer = () => MailServices.accounts.defaultAccount.incomingServer;

const folderEvents = [
  "onFolderAdded", "onMessageAdded", "onFolderRemoved", "onMessageRemoved", "onFolderPropertyChanged", "onFolderIntPropertyChanged",
  "onFolderBoolPropertyChanged", "onFolderPropertyFlagChanged", "onFolderEvent",
];

// What `look` finds as soon as that is neither null nor false. It looks at once, and again each time that Thunderbird announces a change
// of a folder or a message; the time limit of scripts is the guard.
function when(look) {
  const found = look();
  if (found)
    return found;
  return new Promise((resolve, reject) => {
    const listener = { QueryInterface: ChromeUtils.generateQI(["nsIFolderListener"]) };
    const settle = (how, value) => {
      MailServices.mailSession.RemoveFolderListener(listener);
      how(value);
    };
    const again = () => {
      try {
        const value = look();
        if (value)
          settle(resolve, value);
      } catch (fault) {
        settle(reject, fault);
      }
    };
    for (const event of folderEvents)
      listener[event] = again;
    MailServices.mailSession.AddFolderListener(listener, Ci.nsIFolderListener.all);
  });
}

// The code of a failure becomes an error.
function settled(what, status, resolve, reject) {
  if (Components.isSuccessCode(status))
    resolve();
  else
    reject(new Error(`${what} failed: 0x${status.toString(16)}`));
}

// Runs something that tells a listener when it is done with the server.
function withUrlListener(start) {
  return new Promise((resolve, reject) => start({
    QueryInterface: ChromeUtils.generateQI(["nsIUrlListener"]),
    OnStartRunningUrl() {},
    OnStopRunningUrl: (url, status) => settled(url?.spec, status, resolve, reject),
  }));
}

const allFolders = () => incomingServer().rootFolder.descendants.map(folder => folder.QueryInterface(Ci.nsIMsgImapMailFolder));

// A folder by its name on the server, as soon as it is known.
const folderAt = name => when(() => allFolders().find(folder => folder.onlineName === name));

const messagesIn = folder => [...folder.msgDatabase.enumerateMessages()];

const messageIn = (folder, subject) => when(() => messagesIn(folder).find(message => message.mime2DecodedSubject === subject));

const folderUses = ["Inbox", "Drafts", "SentMail", "Trash", "Junk", "Archive"];

const useOf = folder => folderUses.find(use => folder.flags & Ci.nsMsgFolderFlags[use]) ?? "";

// Presses "Get Messages", which also looks for folders. Done when there is one for each use.
async function getMessages() {
  const inbox = incomingServer().rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
  await withUrlListener(listener => inbox.getNewMessages(mainWindow().msgWindow, listener));
  await when(() => folderUses.every(use => allFolders().some(folder => useOf(folder) === use && folder.onlineName)));
  return Object.fromEntries(allFolders().map(folder => [folder.onlineName, useOf(folder)]));
}

const described = message => message.mime2DecodedSubject + (message.isRead ? " Seen" : "") + (message.isFlagged ? " Flagged" : "");

async function sees(name, expected) {
  const folder = await folderAt(name);
  await when(() => messagesIn(folder).map(described).sort().join("\n") === expected.toSorted().join("\n"));
}

async function createFolder(name) {
  incomingServer().rootFolder.createSubfolder(name, mainWindow().msgWindow);
  await folderAt(name);
}
