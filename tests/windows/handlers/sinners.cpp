// One handler for each thing that the contract has a ruling on.
#include "handler.h"

#include <string.h>

namespace {

SYNCMGRHANDLERINFO *new_info(DWORD size)
{
    auto *info = static_cast<SYNCMGRHANDLERINFO *>(CoTaskMemAlloc(sizeof(SYNCMGRHANDLERINFO)));
    memset(info, 0, sizeof *info);
    info->cbSize = size;
    return info;
}

// Names without an end, half a character, garbage where no flag names it, ids that are none or come twice.
class Names : public Handler {
protected:
    HRESULT info(LPSYNCMGRHANDLERINFO *given) override
    {
        *given = new_info(sizeof(SYNCMGRHANDLERINFO));
        for (wchar_t &unit : (*given)->wszHandlerName)
            unit = L'h';
        return S_OK;
    }

    HRESULT enumerate(ISyncMgrEnumItems **items) override
    {
        Handler::enumerate(items);
        return S_SYNCMGR_MISSINGITEMS;
    }

    HRESULT next(unsigned position, ULONG, SYNCMGRITEM *entry, ULONG *fetched) override
    {
        fill(entry, position + 1, L"");
        *fetched = 1;
        switch (position) {
        case 0:
            for (wchar_t &unit : entry->wszItemName)
                unit = L'i';
            return S_OK;
        case 1:
            entry->wszItemName[0] = L'a';
            entry->wszItemName[1] = 0xd83d;
            entry->wszItemName[2] = 0;
            entry->dwItemState = SYNCMGRITEMSTATE_UNCHECKED;
            return S_OK;
        case 2:
            // Without a name.
            return S_OK;
        case 3:
            entry->ItemID = GUID_NULL;
            return S_OK;
        case 4:
            entry->ItemID = item_id(1);
            lstrcpyW(entry->wszItemName, L"the same once more");
            return S_OK;
        default:
            // The last one comes together with "no more"; its time counts, and bits that nobody knows do not.
            lstrcpyW(entry->wszItemName, L"last");
            entry->dwFlags = SYNCMGRITEM_LASTUPDATETIME | SYNCMGRITEM_TEMPORARY | 0xffffff00;
            entry->ftLastUpdate.dwLowDateTime = 0xd53e8000;
            entry->ftLastUpdate.dwHighDateTime = 0x019db1de;
            entry->dwItemState = 7;
            return S_FALSE;
        }
    }
};

class Greedy : public Handler {
    HRESULT next(unsigned, ULONG asked, SYNCMGRITEM *entries, ULONG *fetched) override
    {
        for (ULONG at = 0; at < asked + 4; at++)
            fill(&entries[at], at + 1, L"more than asked for");
        *fetched = asked + 4;
        return S_OK;
    }
};

class EndlessList : public Handler {
    HRESULT next(unsigned position, ULONG, SYNCMGRITEM *entries, ULONG *fetched) override
    {
        fill(entries, position % 200 + 1, L"again");
        *fetched = 1;
        return S_OK;
    }
};

class BrokenList : public Handler {
    HRESULT next(unsigned position, ULONG asked, SYNCMGRITEM *entries, ULONG *fetched) override
    {
        if (position == 0)
            return Handler::next(position, asked, entries, fetched);
        fill(entries, 2, L"not to be used");
        *fetched = 1;
        return E_FAIL;
    }
};

class NoList : public Handler {
    HRESULT enumerate(ISyncMgrEnumItems **items) override
    {
        *items = nullptr;
        return S_OK;
    }
};

class NoInfo : public Handler {
    HRESULT info(LPSYNCMGRHANDLERINFO *) override { return E_FAIL; }
};

class NullInfo : public Handler {
    HRESULT info(LPSYNCMGRHANDLERINFO *given) override
    {
        *given = nullptr;
        return S_OK;
    }
};

class SmallInfo : public Handler {
    HRESULT info(LPSYNCMGRHANDLERINFO *given) override
    {
        *given = new_info(12);
        return S_OK;
    }
};

template <unsigned long code> class Initializes : public Handler {
    HRESULT initialize() override { return (HRESULT)code; }
};

// Passes whatever must not be passed, and notes what is answered.
class Arguments : public Handler {
    HRESULT prepare() override
    {
        answered("wrong completion", callback_->SynchronizeCompleted(S_OK));
        answered("properties nobody showed", callback_->ShowPropertiesCompleted(S_OK));
        answered("an error nobody showed", callback_->ShowErrorCompleted(S_OK, 5, (SYNCMGRITEMID *)0x1));
        return Handler::prepare();
    }

    HRESULT synchronize() override
    {
        progress_answers();
        log_answers();
        interfaces();
        final(1, SYNCMGRSTATUS_SUCCEEDED);
        answered("final, something else", final(1, SYNCMGRSTATUS_UPDATING));
        answered("final, failed", final(1, SYNCMGRSTATUS_FAILED));
        answered("first completion", callback_->SynchronizeCompleted(S_OK));
        answered("second completion", callback_->SynchronizeCompleted(E_FAIL));
        return S_OK;
    }

    void progress_answers()
    {
        SYNCMGRITEMID first = item_id(1), other = item_id(7), null = GUID_NULL;
        const SYNCMGRITEMID *no_id = nullptr;
        SYNCMGRPROGRESSITEM report;
        memset(&report, 0xcd, sizeof report);
        report.cbSize = sizeof report;
        report.mask = 0;
        answered("nothing masked", callback_->Progress(first, &report));
        report.mask = 0xfffffff0;
        answered("unknown bits", callback_->Progress(first, &report));
        answered("unknown item", callback_->Progress(other, &report));
        answered("nil item", callback_->Progress(null, &report));
        answered("null item", callback_->Progress(*no_id, &report));
        answered("null structure", callback_->Progress(first, nullptr));
        report.cbSize = sizeof report - 1;
        answered("small structure", callback_->Progress(first, &report));
        report.cbSize = sizeof report + 100;
        answered("large structure", callback_->Progress(first, &report));
        answered("unknown status", progress(1, SYNCMGRPROGRESSITEM_STATUSTEXT | SYNCMGRPROGRESSITEM_STATUSTYPE,
                                            L"not to be seen", 9, 0, 0));
        answered("value alone", progress(1, SYNCMGRPROGRESSITEM_PROGVALUE, nullptr, 0, -5, 0));
        answered("null text", progress(1, SYNCMGRPROGRESSITEM_STATUSTEXT, nullptr, 0, 0, 0));
    }

    void log_answers()
    {
        SYNCMGRLOGERRORINFO info;
        memset(&info, 0xcd, sizeof info);
        info.cbSize = sizeof info;
        info.mask = 0;
        answered("no info", callback_->LogError(SYNCMGRLOGLEVEL_WARNING, L"without info", nullptr));
        answered("empty text", callback_->LogError(SYNCMGRLOGLEVEL_INFORMATION, L"", nullptr));
        answered("nothing of the info", callback_->LogError(SYNCMGRLOGLEVEL_INFORMATION, L"garbage", &info));
        answered("level 0", callback_->LogError(0, L"not to be seen", nullptr));
        answered("level 4", callback_->LogError(4, L"not to be seen", nullptr));
        answered("no text", callback_->LogError(SYNCMGRLOGLEVEL_ERROR, nullptr, nullptr));
        info.cbSize = 4;
        answered("small info", callback_->LogError(SYNCMGRLOGLEVEL_ERROR, L"not to be seen", &info));
        answered("delete unknown", callback_->DeleteLogError(error_id(3), 0));
        const SYNCMGRERRORID *no_id = nullptr;
        answered("delete null", callback_->DeleteLogError(*no_id, 0));
        info.cbSize = sizeof info;
        info.mask = SYNCMGRLOGERROR_ERRORID;
        info.ErrorID = error_id(3);
        callback_->LogError(SYNCMGRLOGLEVEL_INFORMATION, L"deleted again", &info);
        answered("delete known", callback_->DeleteLogError(error_id(3), 77));
        answered("a flag and no id", jump_without_id());
    }

    HRESULT jump_without_id()
    {
        SYNCMGRLOGERRORINFO info;
        info.cbSize = sizeof info;
        info.mask = SYNCMGRLOGERROR_ERRORFLAGS | SYNCMGRLOGERROR_ITEMID;
        info.dwSyncMgrErrorFlags = 0xffffffff;
        info.ItemID = item_id(7);
        return callback_->LogError(SYNCMGRLOGLEVEL_INFORMATION, L"leads nowhere", &info);
    }

    void interfaces()
    {
        IUnknown *one = nullptr, *two = nullptr;
        callback_->QueryInterface(IID_IUnknown, (void **)&one);
        ISyncMgrSynchronizeCallback *same = nullptr;
        answered("its own interface", callback_->QueryInterface(IID_ISyncMgrSynchronizeCallback, (void **)&same));
        same->QueryInterface(IID_IUnknown, (void **)&two);
        note("identity: %s", one == two ? "one" : "two");
        one->Release();
        two->Release();
        same->Release();
        void *none = this;
        answered("another interface", callback_->QueryInterface(IID_IDispatch, &none));
        note("another interface is %s", none ? "something" : "null");
    }
};

// Completes with `completed` inside preparation, which then returns `returned`.
template <unsigned long completed, unsigned long returned> class Prepares : public Handler {
    HRESULT prepare() override
    {
        answered("prepared", callback_->PrepareForSyncCompleted((HRESULT)completed));
        return (HRESULT)returned;
    }
};

class PreparesTwice : public Handler {
    HRESULT prepare() override
    {
        answered("prepared", callback_->PrepareForSyncCompleted(S_OK));
        answered("prepared again", callback_->PrepareForSyncCompleted(E_FAIL));
        return S_OK;
    }
};

template <unsigned long returned> class PreparesNot : public Handler {
    HRESULT prepare() override { return (HRESULT)returned; }
};

template <unsigned long returned> class Starts : public Handler {
    HRESULT synchronize() override { return (HRESULT)returned; }
};

// Ends the first item and completes with a failure.
class HalfWay : public Handler {
    HRESULT synchronize() override
    {
        final(1, SYNCMGRSTATUS_SUCCEEDED);
        callback_->SynchronizeCompleted(E_ACCESSDENIED);
        return S_OK;
    }
};

class Crashes : public Handler {
    HRESULT synchronize() override
    {
        on_worker(callback_, [](ISyncMgrSynchronizeCallback *, void *) { *(volatile int *)0x10 = 1; }, nullptr);
        return S_OK;
    }
};

// Never returns, and does nothing.
class Hangs : public Handler {
    HRESULT synchronize() override
    {
        note("hanging");
        Sleep(INFINITE);
        return S_OK;
    }
};

class HangsAtTheEnd : public Handler {
    HRESULT WINAPI SetProgressCallback(ISyncMgrSynchronizeCallback *callback) override
    {
        if (!callback) {
            note("hanging");
            Sleep(INFINITE);
        }
        return Handler::SetProgressCallback(callback);
    }
};

// Keeps a reference to the callback, and uses it when all is over.
class Leaks : public Handler {
public:
    ~Leaks() override
    {
        if (!kept_)
            return;
        SYNCMGRITEMID first = item_id(1);
        answered("late progress", kept_->Progress(first, nullptr));
        answered("late log", kept_->LogError(SYNCMGRLOGLEVEL_ERROR, L"not to be seen", nullptr));
        answered("late completion", kept_->SynchronizeCompleted(S_OK));
        answered("late dialog", kept_->EnableModeless(TRUE));
        // Never released.
    }

private:
    HRESULT WINAPI SetProgressCallback(ISyncMgrSynchronizeCallback *callback) override
    {
        if (callback) {
            kept_ = callback;
            kept_->AddRef();
        }
        return Handler::SetProgressCallback(callback);
    }

    ISyncMgrSynchronizeCallback *kept_ = nullptr;
};

// Logs an entry that leads back, and cannot show it.
class ShowsNothing : public Handler {
protected:
    HRESULT synchronize() override
    {
        SYNCMGRLOGERRORINFO info;
        info.cbSize = sizeof info;
        info.mask = SYNCMGRLOGERROR_ERRORFLAGS | SYNCMGRLOGERROR_ERRORID;
        info.dwSyncMgrErrorFlags = SYNCMGRERRORFLAG_ENABLEJUMPTEXT;
        info.ErrorID = error_id(1);
        callback_->LogError(SYNCMGRLOGLEVEL_WARNING, L"look at this", &info);
        return Handler::synchronize();
    }
};

// Asks for a retry of nothing.
class RetriesNothing : public ShowsNothing {
    HRESULT show(REFSYNCMGRERRORID) override
    {
        answered("retry of nothing", callback_->ShowErrorCompleted(S_SYNCMGR_RETRYSYNC, 0, nullptr));
        answered("once more", callback_->ShowErrorCompleted(S_OK, 0, nullptr));
        return S_OK;
    }
};

} // namespace

const Class sinners[] = {
    {L"names", make<Names>},
    {L"greedy", make<Greedy>},
    {L"endless list", make<EndlessList>},
    {L"broken list", make<BrokenList>},
    {L"no list", make<NoList>},
    {L"no info", make<NoInfo>},
    {L"null info", make<NullInfo>},
    {L"small info", make<SmallInfo>},
    {L"declines", make<Initializes<1>>},
    {L"refuses", make<Initializes<0x80070005>>},
    {L"odd", make<Initializes<0x40299>>},
    {L"arguments", make<Arguments>},
    {L"prepared, failed", make<Prepares<0, 0x80004005>>},
    {L"failed twice", make<Prepares<0x80004005, 0x80004005>>},
    {L"failed, prepared", make<Prepares<0x80004005, 0>>},
    {L"prepared otherwise", make<Prepares<1, 0>>},
    {L"prepares twice", make<PreparesTwice>},
    {L"would have to ask", make<PreparesNot<1>>},
    {L"prepares not", make<PreparesNot<0x80070005>>},
    {L"starts not", make<Starts<0x80004005>>},
    {L"starts otherwise", make<Starts<1>>},
    {L"half way", make<HalfWay>},
    {L"crashes", make<Crashes>},
    {L"hangs", make<Hangs>},
    {L"hangs at the end", make<HangsAtTheEnd>},
    {L"leaks", make<Leaks>},
    {L"shows nothing", make<ShowsNothing>},
    {L"retries nothing", make<RetriesNothing>},
};
const unsigned n_sinners = sizeof sinners / sizeof *sinners;
